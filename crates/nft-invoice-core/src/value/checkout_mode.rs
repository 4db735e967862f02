use std::fmt;

use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use crate::error::{Notes, ValueError, catalog};

/// What is sold. The gateway's document requires the one value `nft`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CheckoutMode {
    /// An NFT.
    #[default]
    Nft,
}

parses!(CheckoutMode);
serde_as_text!(CheckoutMode);

impl CheckoutMode {
    /// Returns `nft`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        "nft"
    }
}

impl FieldValue for CheckoutMode {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Around;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| match &*text {
            "nft" => Ok(Self::Nft),
            _ => Err(ValueError::new(&catalog::CHECKOUT_MODE)),
        });
        notes.keep(read)
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(mode: Self) -> Self {
        mode
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.as_str());
    }
}

impl AsRef<str> for CheckoutMode {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for CheckoutMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
