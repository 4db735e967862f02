use zeroize::Zeroizing;

use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// The merchant's key to the gateway.
///
/// A secret: its memory is wiped on drop, and nothing prints it.
pub struct ApiKey(Zeroizing<String>);

opaque_debug!(ApiKey);

impl ApiKey {
    /// Takes 1 to 512 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` for another character, such as the line feed at the end of a
    /// file, `too_long`.
    pub fn new(key: impl Into<String>) -> Result<Self, Fault> {
        let key = Zeroizing::new(key.into());
        not_blank(&key)?;
        if !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Fault::new(
                ProblemCode::Malformed,
                "a key has visible ASCII characters only",
            ));
        }
        if key.len() > 512 {
            return Err(Fault::new(ProblemCode::TooLong, "at most 512 characters"));
        }
        Ok(Self(key))
    }

    /// The key itself, for the request's header. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_ascii_only() {
        assert_eq!(ApiKey::new("k").unwrap().expose(), "k");
        for key in ["", " ", "a b", "key\n", "clé", "a\r\nHost: x"] {
            assert!(ApiKey::new(key).is_err(), "{key:?}");
        }
        assert!(!format!("{:?}", ApiKey::new("topsecret").unwrap()).contains("topsecret"));
    }
}
