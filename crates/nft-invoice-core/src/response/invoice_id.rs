use std::fmt;
use std::str::FromStr;

use crate::error::{ValueError, catalog};

/// The gateway's id of an invoice: 1 to 64 ASCII letters, digits, `-` and `_`, such as `1689`.
///
/// | id | where it is |
/// |---|---|
/// | [`Callback::id`](crate::Callback::id) | the callback; `confirm` reads the infos with it |
/// | [`Info::id`](crate::Info::id) | infos, inside `data`: the callback's id |
/// | [`Info::invoice_id`](crate::Info::invoice_id) | infos, beside `data`: in the documented example another id |
/// | [`StatusReport::id`](crate::StatusReport::id) | the status |
/// | [`HistoryEntry::id`](crate::HistoryEntry::id) | the history; `find` reads the infos with it |
///
/// The response to a create contains none. Which of them `status` and `info` take is not documented further.
/// The merchant's own key of an invoice is its [`Reference`](crate::Reference).
///
/// The gateway documents integers and writes them as numbers here and as strings there; the other characters
/// are allowed by this crate in case that changes. Safe in a URL's query as it is.
///
/// ```
/// use nft_invoice_core::InvoiceId;
///
/// let id: InvoiceId = "1689".parse().unwrap();
/// assert_eq!(format!("?id={id}"), "?id=1689");
/// assert!("1689&id=1".parse::<InvoiceId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceId(String);

impl InvoiceId {
    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InvoiceId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if text.is_empty() {
            return Err(ValueError::new(&catalog::REQUIRED));
        }
        if text.len() > 64 {
            return Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(64_usize));
        }
        if !text.bytes().all(is_allowed) {
            return Err(ValueError::new(&catalog::ID_CHARACTER));
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<u64> for InvoiceId {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

try_from_str!(InvoiceId);
serde_as_text!(InvoiceId);

impl AsRef<str> for InvoiceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_only_what_needs_no_escape_in_a_query() {
        assert_eq!(InvoiceId::from(1689).as_str(), "1689");
        for text in ["1689", "0", "a-B_9", &"1".repeat(64)] {
            assert_eq!(text.parse::<InvoiceId>().unwrap().as_str(), text);
        }
        for (text, code) in [
            ("", ErrorCode::Required),
            (" 1", ErrorCode::Malformed),
            ("1.5", ErrorCode::Malformed),
            ("1&a=2", ErrorCode::Malformed),
            ("1%32", ErrorCode::Malformed),
            ("../1", ErrorCode::Malformed),
            ("1\n", ErrorCode::Malformed),
            ("１", ErrorCode::Malformed),
            (&"1".repeat(65), ErrorCode::TooLong),
        ] {
            assert_eq!(
                text.parse::<InvoiceId>().unwrap_err().code(),
                code,
                "{text:?}"
            );
        }
    }
}
