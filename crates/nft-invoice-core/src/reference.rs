use std::fmt;

use crate::json::{self, Kind};
use crate::problem::{Fault, ProblemCode};
use crate::text::not_blank;

/// A merchant's own opaque name for an invoice, carried in `callbackJson` under the member
/// `nftInvoiceReference`.
///
/// The gateway has no idempotency key, and its answer to a create holds no invoice id: a reference is the
/// only way to find an invoice whose answer was lost. It comes back in callbacks and in infos. Give each
/// invoice another one, and let it say nothing about the customer.
///
/// ```
/// use nft_invoice_core::{CallbackData, Reference};
///
/// let reference = Reference::new("order-7f3a").unwrap();
/// let data: CallbackData = reference.clone().into();
/// assert_eq!(data.reference(), Some(reference.clone()));
///
/// // As a callback or infos may hand it back: an object, or a string that holds one.
/// assert_eq!(Reference::find(r#"{"nftInvoiceReference":"order-7f3a","cart":1}"#), Some(reference.clone()));
/// assert_eq!(Reference::find(r#""{\"nftInvoiceReference\":\"order-7f3a\"}""#), Some(reference));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

/// The one member of the merchant's data that is ours.
const MEMBER: &str = "nftInvoiceReference";

impl Reference {
    /// Takes 1 to 64 ASCII letters, digits, `-`, `_` and `.`.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` for another character, `too_long`.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        {
            return Err(Fault::new(
                ProblemCode::Malformed,
                "ASCII letters, digits, - _ and . only",
            ));
        }
        if text.len() > 64 {
            return Err(Fault::new(ProblemCode::TooLong, "at most 64 characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The reference.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Finds the reference in a `callbackJson` that came back: an object, or a string that holds one.
    #[must_use]
    pub fn find(callback_json: &str) -> Option<Self> {
        let raw = json::value(callback_json).ok()?;
        match json::kind(raw) {
            Kind::Object => {
                let members = json::members(raw).ok()?;
                let (_, value) = members.iter().find(|(name, _)| name == MEMBER)?;
                (json::kind(value) == Kind::String).then_some(())?;
                Self::new(&json::unescape(value)?).ok()
            }
            Kind::String => {
                let text = json::unescape(raw)?;
                // One level of string only: a string in a string is nobody's callback.
                text.trim_start()
                    .starts_with('{')
                    .then(|| Self::find(&text))
                    .flatten()
            }
            _ => None,
        }
    }

    /// `object` with the reference as its first member; `None` if it is no JSON object.
    pub(crate) fn join(&self, object: &str) -> Option<String> {
        let members = json::members(object).ok()?;
        let rest = object.trim_start().strip_prefix('{')?;
        let comma = if members.is_empty() { "" } else { "," };
        Some(format!("{{\"{MEMBER}\":\"{}\"{comma}{rest}", self.0))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_is_found_again() {
        let reference = Reference::new("a.B-1_2").unwrap();
        for object in ["{}", " { } ", r#"{"a":{"b":[1]}}"#, "{\n\"a\":1}"] {
            let joined = reference.join(object).unwrap();
            assert_eq!(
                Reference::find(&joined).as_ref(),
                Some(&reference),
                "{joined}"
            );
        }
        for other in ["[]", "1", "x", "{", "\"{}\""] {
            assert_eq!(reference.join(other), None, "{other}");
        }
    }

    #[test]
    fn a_stranger_s_value_is_no_reference() {
        for text in [
            "",
            "null",
            "{txId : qktr12eqzg, status : sfrt}",
            r#"{"nftInvoiceReference":7}"#,
            r#"{"nftInvoiceReference":"a b"}"#,
            r#"{"other":{"nftInvoiceReference":"a"}}"#,
        ] {
            assert_eq!(Reference::find(text), None, "{text}");
        }
        assert!(Reference::new(&"x".repeat(65)).is_err());
    }
}
