use std::fmt;

use crate::problem::{Fault, ProblemCode};
use crate::text::not_blank;

/// The currency of an invoice. The gateway documents one: merchants convert to US dollars first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Currency {
    /// US dollar, two decimals.
    Usd,
}

impl Currency {
    /// Reads `USD`.
    ///
    /// # Errors
    ///
    /// `required` when blank, `unsupported` for anything else, another case included.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        match text {
            "USD" => Ok(Self::Usd),
            _ if text.eq_ignore_ascii_case("USD") => Err(Fault::new(
                ProblemCode::Unsupported,
                "write USD in upper case",
            )),
            _ => Err(Fault::new(
                ProblemCode::Unsupported,
                "the gateway takes USD only: convert the amount first",
            )),
        }
    }

    /// The ISO 4217 code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usd => "USD",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
