use std::fmt;
use std::str::FromStr;

use crate::value::{Amount, Decimal, is_hidden};

/// A value as the gateway sent it: read, or kept as it was written if it cannot be read.
///
/// `Display` shows what was written, so that a value such as `1,234.50` never disappears.
///
/// ```
/// use nft_invoice_core::{Callback, Received};
///
/// let callback = Callback::from_json(br#"{"status":"invoice:paid","amount":"1,234.50"}"#)?;
/// let amount = callback.amount.unwrap();
/// assert_eq!(amount, Received::Unreadable("1,234.50".into()));
/// assert_eq!((amount.value(), amount.to_string()), (None, "1,234.50".to_owned()));
/// # Ok::<(), nft_invoice_core::Unreadable>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Received<T> {
    /// The value.
    Value(T),
    /// The text of a string, or the JSON text of anything else.
    Unreadable(String),
}

impl<T> Received<T> {
    /// Returns the value, if it could be read.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unreadable(_) => None,
        }
    }

    /// Returns the value, without a copy.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unreadable(_) => None,
        }
    }
}

impl<T: PartialEq> PartialEq<T> for Received<T> {
    fn eq(&self, other: &T) -> bool {
        self.value() == Some(other)
    }
}

impl PartialEq<Amount> for Received<Decimal> {
    fn eq(&self, other: &Amount) -> bool {
        self.value().is_some_and(|value| value == other)
    }
}

impl<T: FromStr> From<&str> for Received<T> {
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Unreadable(text.to_owned()), Self::Value)
    }
}

/// Shows what was written, with hidden characters escaped.
impl<T: fmt::Display> fmt::Display for Received<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Unreadable(text) => text.chars().try_for_each(|c| {
                if is_hidden(c) {
                    write!(f, "{}", c.escape_unicode())
                } else {
                    write!(f, "{c}")
                }
            }),
        }
    }
}

#[cfg(feature = "serde")]
impl<T: fmt::Display> serde::Serialize for Received<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => serializer.collect_str(value),
            Self::Unreadable(text) => serializer.serialize_str(text),
        }
    }
}

#[cfg(feature = "serde")]
impl<'de, T: FromStr> serde::Deserialize<'de> for Received<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(Self::from(&*text))
    }
}
