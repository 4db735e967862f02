use std::fmt;
use std::str::FromStr;

use crate::error::{ValueError, catalog};
use crate::json::{self, Kind};

/// A merchant's own name for an invoice: 1 to 64 ASCII letters, digits, `-`, `_` and `.`.
///
/// The gateway has no idempotency key, and its response to a create contains no invoice id: a reference is the
/// only way to find an invoice whose response was lost. It is sent inside of `callbackJson`, as the field
/// `nftInvoiceReference`, and comes back in callbacks and infos. Give each invoice its own, and put nothing about
/// the customer into it.
///
/// ```
/// use nft_invoice_core::Reference;
///
/// let reference = Reference::new("order-7f3a")?;
/// // As a callback or infos return it: an object, or a string that contains one.
/// let found = Reference::find(r#"{"nftInvoiceReference":"order-7f3a","cart":1}"#);
/// assert_eq!(found, Some(reference.clone()));
/// let found = Reference::find(r#""{\"nftInvoiceReference\":\"order-7f3a\"}""#);
/// assert_eq!(found, Some(reference));
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

/// The one field of the merchant's data that is ours.
const FIELD: &str = "nftInvoiceReference";

impl Reference {
    /// The maximum length in characters.
    pub const MAX: usize = 64;

    /// Creates a reference.
    ///
    /// # Errors
    ///
    /// `required` for empty text, `malformed` for another character, `too_long`.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.is_empty() {
            return Err(ValueError::new(&catalog::REFERENCE_MISSING));
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        {
            return Err(ValueError::new(&catalog::REFERENCE_CHARACTER));
        }
        if text.len() > Self::MAX {
            return Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(Self::MAX));
        }
        Ok(Self(text))
    }

    /// Creates a random reference of 26 characters: 128 bits from the operating system. With the feature `random`.
    ///
    /// # Panics
    ///
    /// If the operating system has no random numbers.
    #[cfg(feature = "random")]
    #[must_use]
    pub fn random() -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system provides random numbers");
        let bits = u128::from_le_bytes(bytes);
        Self(
            (0..26)
                .map(|at| char::from(ALPHABET[(bits >> (5 * at)) as usize % 32]))
                .collect(),
        )
    }

    /// Finds the reference in a `callbackJson` that came back: an object, or a string that contains one.
    #[must_use]
    pub fn find(callback_json: &str) -> Option<Self> {
        let raw = json::value(callback_json).ok()?;
        match json::kind(raw) {
            Kind::Object => Self::in_object(raw),
            Kind::String => {
                let text = json::unescape(&raw[1..raw.len() - 1])?;
                // One level of string only: no gateway writes a string in a string.
                json::value(&text)
                    .ok()
                    .filter(|raw| json::kind(raw) == Kind::Object)
                    .and_then(Self::in_object)
            }
            _ => None,
        }
    }

    fn in_object(object: &str) -> Option<Self> {
        let mut first = None;
        let _ = json::members(object, |member| {
            let is_ours = member.is_named(FIELD);
            if is_ours && first.is_none() {
                first = Some(member.value);
            }
        });
        let value = first.filter(|value| json::kind(value) == Kind::String)?;
        Self::new(&*json::unescape(&value[1..value.len() - 1])?).ok()
    }

    /// `object` with the reference as its first field; `None` if it is not a JSON object.
    pub(crate) fn join(&self, object: &str) -> Option<String> {
        let mut is_empty = true;
        json::members(object, |_| is_empty = false).ok()?;
        let rest = object.trim_start().strip_prefix('{')?;
        let comma = if is_empty { "" } else { "," };
        Some(format!("{{\"{FIELD}\":\"{}\"{comma}{rest}", self.0))
    }
}

text_conversions!(Reference);
try_from_str!(Reference);

impl FromStr for Reference {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::new(text)
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
    use crate::error::ErrorCode;

    #[test]
    fn accepts_letters_digits_and_three_signs() {
        use ErrorCode::{Malformed, Required, TooLong};
        for (text, code) in [
            ("order-7_f.3A".to_owned(), None),
            ("x".repeat(64), None),
            (String::new(), Some(Required)),
            ("a b".into(), Some(Malformed)),
            ("é".into(), Some(Malformed)),
            ("a\"b".into(), Some(Malformed)),
            ("x".repeat(65), Some(TooLong)),
        ] {
            assert_eq!(
                text.parse::<Reference>().err().map(|error| error.code()),
                code,
                "{text}"
            );
        }
    }

    #[test]
    fn finds_the_first_reference_of_an_object() {
        for (data, found) in [
            (r#"{"nftInvoiceReference":"a"}"#, Some("a")),
            (
                r#" {"cart":1,"nftInvoiceRef\u0065rence":"\u0061"} "#,
                Some("a"),
            ),
            (
                r#"{"nftInvoiceReference":"a","nftInvoiceReference":"b"}"#,
                Some("a"),
            ),
            (r#""{\"nftInvoiceReference\":\"a\"}""#, Some("a")),
            (r#"{"cart":{"nftInvoiceReference":"a"}}"#, None),
            (r#"{"nftInvoiceReference":7}"#, None),
            (r#"{"nftInvoiceReference":"a b"}"#, None),
            (r#"["a"]"#, None),
            ("null", None),
            ("{txId : 1}", None),
            ("", None),
        ] {
            assert_eq!(
                Reference::find(data).as_ref().map(Reference::as_str),
                found,
                "{data}"
            );
        }
    }

    #[cfg(feature = "random")]
    #[test]
    fn random_references_differ_and_are_valid() {
        let (a, b) = (Reference::random(), Reference::random());
        assert_ne!(a, b);
        assert_eq!(Reference::new(a.as_str()), Ok(a));
    }
}
