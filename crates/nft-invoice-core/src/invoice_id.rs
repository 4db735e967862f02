use std::fmt;
use std::str::FromStr;

use crate::problem::{Fault, ProblemCode};

/// What the gateway calls an invoice by: 1 to 64 ASCII letters, digits, `-` and `_`, as in `1689`.
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
    /// The id's characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InvoiceId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault = |code, message: &'static str| Err(Fault::new(code, message));
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if text.is_empty() {
            fault(ProblemCode::Required, "the id is empty")
        } else if text.len() > 64 {
            fault(ProblemCode::TooLong, "the id has more than 64 characters")
        } else if !text.bytes().all(allowed) {
            fault(
                ProblemCode::Malformed,
                "write the id in ASCII letters, digits, - and _: 1689",
            )
        } else {
            Ok(Self(text.to_owned()))
        }
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

    #[test]
    fn only_what_needs_no_escape_in_a_query() {
        for text in ["1689", "0", "a-B_9", &"1".repeat(64)] {
            assert_eq!(text.parse::<InvoiceId>().unwrap().as_str(), text);
        }
        for (text, code) in [
            ("", ProblemCode::Required),
            (" 1", ProblemCode::Malformed),
            ("1.5", ProblemCode::Malformed),
            ("1&a=2", ProblemCode::Malformed),
            ("1%32", ProblemCode::Malformed),
            ("../1", ProblemCode::Malformed),
            ("1\n", ProblemCode::Malformed),
            ("１", ProblemCode::Malformed),
            (&"1".repeat(65), ProblemCode::TooLong),
        ] {
            assert_eq!(
                text.parse::<InvoiceId>().unwrap_err().code(),
                code,
                "{text:?}"
            );
        }
    }
}
