use std::fmt;
use std::str::FromStr;

use crate::text::ParseError;

/// A filter for requests by their response. A request can match several: an accepted one that a fault delayed is
/// `Accepted` and `Fault`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestOutcome {
    /// A response without an error.
    Accepted,
    /// A response with an error code or an HTTP status from 400.
    Rejected,
    /// A fault withheld the response.
    NoResponse,
    /// A fault was injected, whatever the response.
    Fault,
    /// A response with this error code.
    Code(u32),
}

impl RequestOutcome {
    /// All except the error codes.
    pub(crate) const ALL: [Self; 4] = [
        Self::Accepted,
        Self::Rejected,
        Self::NoResponse,
        Self::Fault,
    ];
}

impl fmt::Display for RequestOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Rejected => f.write_str("rejected"),
            Self::NoResponse => f.write_str("no-response"),
            Self::Fault => f.write_str("fault"),
            Self::Code(code) => code.fmt(f),
        }
    }
}

impl FromStr for RequestOutcome {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let named = Self::ALL
            .into_iter()
            .find(|outcome| outcome.to_string() == text);
        let code = || text.parse().ok().filter(|code| *code > 0).map(Self::Code);
        named.or_else(code).ok_or_else(|| {
            ParseError::expected(
                "`accepted`, `rejected`, `no-response`, `fault` or an error code such as `50008`",
            )
        })
    }
}
