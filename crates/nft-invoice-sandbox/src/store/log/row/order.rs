use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::word::one_of;
use crate::payment::amount::Amount;
use crate::payment::order::Order;
use crate::payment::state::Mode;
use crate::payment::texts::{Text, Texts};
use crate::payment::token::NoToken;
use crate::text::reference;

#[derive(Serialize, Deserialize)]
pub(super) struct OrderRow {
    merchant: usize,
    token: String,
    mode: String,
    email: String,
    name: Option<String>,
    amount: String,
    currency: String,
    callback_json: Option<String>,
    ip: IpAddr,
    country: Option<String>,
    nft_description: Option<String>,
    nft_images: Option<String>,
    nft_metadata: Option<String>,
    success_url: Option<String>,
    failure_url: Option<String>,
    cancel_url: Option<String>,
    pending_url: Option<String>,
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        let text = |text| order.text(text).map(str::to_owned);
        Self {
            merchant: order.merchant,
            token: order.token.to_string(),
            mode: order.mode.to_string(),
            email: order.email().to_owned(),
            name: text(Text::Name),
            amount: order.amount.plain(),
            currency: order.currency().to_owned(),
            callback_json: text(Text::CallbackJson),
            ip: order.ip,
            country: text(Text::Country),
            nft_description: text(Text::NftDescription),
            nft_images: text(Text::NftImages),
            nft_metadata: text(Text::NftMetadata),
            success_url: text(Text::SuccessUrl),
            failure_url: text(Text::FailureUrl),
            cancel_url: text(Text::CancelUrl),
            pending_url: text(Text::PendingUrl),
        }
    }
}

impl OrderRow {
    pub(super) fn order(self) -> Result<Order, String> {
        if let Some(json) = &self.callback_json {
            serde_json::from_str::<&RawValue>(json)
                .map_err(|_| "callbackJson is not valid JSON")?;
        }
        Ok(Order {
            merchant: self.merchant,
            token: self.token.parse().map_err(|NoToken| "invalid token")?,
            mode: one_of(&[Mode::Hosted, Mode::S2s], &self.mode)?,
            amount: Amount::parse(&self.amount).ok_or("invalid amount")?,
            ip: self.ip,
            texts: Texts::collect(|text| self.text(text)),
        })
    }

    fn text(&self, text: Text) -> Option<Cow<'_, str>> {
        let stored: Option<&str> = match text {
            // It follows from callbackJson, so it is not stored.
            Text::Reference => {
                return reference::find(self.callback_json.as_deref()?).map(Cow::Owned);
            }
            Text::Email => Some(&self.email),
            Text::Currency => Some(&self.currency),
            Text::Name => self.name.as_deref(),
            Text::Country => self.country.as_deref(),
            Text::CallbackJson => self.callback_json.as_deref(),
            Text::NftDescription => self.nft_description.as_deref(),
            Text::NftImages => self.nft_images.as_deref(),
            Text::NftMetadata => self.nft_metadata.as_deref(),
            Text::SuccessUrl => self.success_url.as_deref(),
            Text::FailureUrl => self.failure_url.as_deref(),
            Text::CancelUrl => self.cancel_url.as_deref(),
            Text::PendingUrl => self.pending_url.as_deref(),
        };
        stored.map(Cow::Borrowed)
    }
}
