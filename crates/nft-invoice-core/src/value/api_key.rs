use std::str::FromStr;

use zeroize::Zeroizing;

use crate::error::{ValueError, catalog};

/// The merchant's API key: 1 to 512 visible ASCII characters.
///
/// A secret: its memory is wiped on drop and nothing shows it, so it implements neither `Clone`, `PartialEq`,
/// `Display` nor serde.
pub struct ApiKey(Zeroizing<String>);

opaque_debug!(ApiKey);
try_from_str!(ApiKey);

impl ApiKey {
    /// The maximum length in characters.
    pub const MAX: usize = 512;

    /// Creates a key.
    ///
    /// # Errors
    ///
    /// `required` for empty text, `malformed` for another character, such as the line break at the end of a file,
    /// `too_long`.
    pub fn new(key: impl Into<String>) -> Result<Self, ValueError> {
        let key = Zeroizing::new(key.into());
        if key.trim().is_empty() {
            return Err(ValueError::new(&catalog::KEY_MISSING));
        }
        if !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ValueError::new(&catalog::KEY_CHARACTER));
        }
        if key.len() > Self::MAX {
            return Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(Self::MAX));
        }
        Ok(Self(key))
    }

    /// Returns the key itself, for the request's header. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKey {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_visible_ascii_only() {
        assert_eq!(ApiKey::new("k").unwrap().expose(), "k");
        for key in [
            "",
            " ",
            "a b",
            "key\n",
            "clé",
            "a\r\nHost: x",
            &"k".repeat(513),
        ] {
            assert!(ApiKey::new(key).is_err(), "{key:?}");
        }
        assert_eq!(
            format!("{:?}", ApiKey::new("topsecret").unwrap()),
            "ApiKey(..)"
        );
    }
}
