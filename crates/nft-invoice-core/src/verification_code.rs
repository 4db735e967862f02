use zeroize::Zeroizing;

use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// A card's verification code: three digits, four on American Express. It is text: `000` and leading zeros
/// are real.
///
/// A secret: its memory is wiped on drop and nothing prints it. PCI DSS forbids keeping it after the
/// payment was authorized.
pub struct VerificationCode(Zeroizing<String>);

opaque_debug!(VerificationCode);

impl VerificationCode {
    /// Takes 3 or 4 digits.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` for another character, `too_short`, `too_long`.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        let fault = |code, message| Err(Fault::new(code, message));
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return fault(ProblemCode::Malformed, "digits only");
        }
        match text.len() {
            0..3 => fault(
                ProblemCode::TooShort,
                "3 digits, 4 on American Express; as text, since a number loses leading zeros",
            ),
            3 | 4 => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => fault(ProblemCode::TooLong, "3 digits, 4 on American Express"),
        }
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_or_four_digits() {
        use ProblemCode::{Malformed, Required, TooLong, TooShort};
        for (text, expected) in [
            ("000", None),
            ("0123", None),
            ("", Some(Required)),
            ("12", Some(TooShort)),
            ("12345", Some(TooLong)),
            ("12a", Some(Malformed)),
            ("1 2 3", Some(Malformed)),
            ("１２３", Some(Malformed)),
        ] {
            assert_eq!(
                VerificationCode::new(text).err().map(|f| f.code()),
                expected,
                "{text}"
            );
        }
    }
}
