use std::net::IpAddr;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::http::Origin;
use crate::payment::amount::Amount;
use crate::payment::callback_json::CallbackJson;
use crate::payment::currency_code::CurrencyCode;
use crate::payment::state::Mode;
use crate::payment::token::Token;
use crate::text::redact;

/// The part of an invoice that never changes. A text that is there is not blank. There can be a million, so the texts are
/// boxed: one is smaller than a `String`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) merchant: usize,
    pub(crate) token: Token,
    pub(crate) mode: Mode,
    pub(crate) email: Box<str>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) amount: Amount,
    pub(crate) currency: CurrencyCode,
    pub(crate) callback_json: Option<CallbackJson>,
    pub(crate) ip: IpAddr,
    pub(crate) country: Option<Box<str>>,
    pub(crate) nft_description: Option<Box<str>>,
    /// The raw JSON value.
    pub(crate) nft_images: Option<Box<str>>,
    /// The JSON object, even if it was sent as a string.
    pub(crate) nft_metadata: Option<Box<str>>,
    pub(crate) success_url: Option<Box<str>>,
    pub(crate) failure_url: Option<Box<str>>,
    pub(crate) cancel_url: Option<Box<str>>,
    pub(crate) pending_url: Option<Box<str>>,
}

/// Why a customer returns to the shop, which selects the merchant's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    Success,
    Failure,
    Cancel,
    Pending,
}

impl Return {
    pub(crate) const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Cancel, Self::Pending];
}

impl Order {
    /// The amount and the currency for people.
    pub(crate) fn price(&self) -> String {
        self.amount.price(self.currency)
    }

    /// One of the merchant's return URLs, if a browser can be sent there.
    pub(crate) fn return_url(&self, why: Return) -> Option<&str> {
        let url = match why {
            Return::Success => &self.success_url,
            Return::Failure => &self.failure_url,
            Return::Cancel => &self.cancel_url,
            Return::Pending => &self.pending_url,
        };
        url.as_deref().filter(|url| web_origin(url).is_some())
    }

    /// The origins of the return URLs, for the page's content security policy.
    pub(crate) fn return_origins(&self) -> impl Iterator<Item = Origin> {
        let urls = Return::ALL
            .into_iter()
            .filter_map(|why| self.return_url(why));
        urls.filter_map(web_origin)
    }

    pub(crate) fn reference(&self) -> Option<&str> {
        self.callback_json.as_ref()?.reference()
    }

    /// The merchant's reference, with card numbers masked.
    pub(crate) fn shown_reference(&self) -> Option<String> {
        self.reference().map(redact)
    }
}

/// The origin of an absolute http or https URL in ASCII.
fn web_origin(url: &str) -> Option<Origin> {
    HeaderValue::from_str(url).ok()?;
    Origin::of(&url.parse().ok()?)
}
