use std::fmt;

use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use crate::error::{Notes, ValueError, catalog};

/// The invoice's currency. The gateway accepts only US dollars: convert the amount first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Currency {
    /// US dollars.
    #[default]
    Usd,
}

parses!(Currency);
serde_as_text!(Currency);

impl Currency {
    /// Returns the ISO 4217 code, `USD`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        "USD"
    }
}

impl FieldValue for Currency {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Around;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| match &*text {
            "USD" => Ok(Self::Usd),
            other if other.eq_ignore_ascii_case("usd") => {
                Err(ValueError::new(&catalog::CURRENCY_CASE))
            }
            _ => Err(ValueError::new(&catalog::CURRENCY)),
        });
        notes.keep(read)
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(currency: Self) -> Self {
        currency
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.as_str());
    }
}

impl AsRef<str> for Currency {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_usd() {
        assert_eq!("USD".parse(), Ok(Currency::Usd));
        let case = "usd".parse::<Currency>().unwrap_err();
        assert!(case.is(&catalog::CURRENCY_CASE));
        for text in ["EUR", "US", "USDC", "$"] {
            assert!(
                text.parse::<Currency>().unwrap_err().is(&catalog::CURRENCY),
                "{text}"
            );
        }
    }
}
