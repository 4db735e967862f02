use std::net::IpAddr;

use serde_json::value::{RawValue, to_raw_value};

use crate::assumption::Assumptions;
use crate::payment::amount::Amount;
use crate::payment::return_url::ReturnUrl;
use crate::payment::state::Mode;
use crate::payment::texts::{Text, Texts};
use crate::payment::token::Token;
use crate::text::redact::redact;

/// The part of an invoice that never changes.
pub(crate) struct Order {
    pub(crate) merchant: usize,
    pub(crate) token: Token,
    pub(crate) mode: Mode,
    pub(crate) amount: Amount,
    pub(crate) ip: IpAddr,
    pub(crate) texts: Texts,
}

impl Order {
    pub(crate) fn email(&self) -> &str {
        self.texts.get(Text::Email).unwrap_or_default()
    }

    pub(crate) fn currency(&self) -> &str {
        self.texts.get(Text::Currency).unwrap_or_default()
    }

    /// The amount and the currency for people, such as `1,250.00 USD`.
    pub(crate) fn price(&self) -> String {
        format!("{} {}", self.amount, self.currency())
    }

    pub(crate) fn text(&self, text: Text) -> Option<&str> {
        self.texts.get(text)
    }

    /// One of the merchant's return URLs, if a browser can be sent there.
    pub(crate) fn return_url(&self, url: Text) -> Option<&str> {
        self.text(url).filter(|url| ReturnUrl::parse(url).is_some())
    }

    /// The merchant's reference, with card numbers masked.
    pub(crate) fn shown_reference(&self) -> Option<String> {
        self.text(Text::Reference).map(redact)
    }

    /// `callbackJson` as it is returned: byte for byte, or nested values as a string if so assumed.
    pub(crate) fn callback_json(&self, assumptions: &Assumptions) -> Option<Box<RawValue>> {
        let raw = self.text(Text::CallbackJson)?;
        let as_sent = raw.starts_with('"') || assumptions.is("callback-json-nested", "as-sent");
        let value = match as_sent {
            true => RawValue::from_string(raw.to_owned()),
            false => to_raw_value(raw),
        };
        Some(value.expect("it was parsed as JSON, and a string is JSON"))
    }
}
