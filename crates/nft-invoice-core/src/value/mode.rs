use std::fmt;
use std::str::FromStr;

use crate::error::{ValueError, catalog};

/// Who collects the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// The customer enters the card on the gateway's payment page. No card data is sent.
    Hosted,
    /// Server to server: the merchant collects the card and sends it.
    S2s,
}

impl Mode {
    /// Returns `hosted` or `s2s`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::S2s => "s2s",
        }
    }
}

impl FromStr for Mode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        [Self::Hosted, Self::S2s]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or(ValueError::new(&catalog::MODE))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

try_from_str!(Mode);
serde_as_text!(Mode);
