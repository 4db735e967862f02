use zeroize::Zeroizing;

use super::field_value::{FieldValue, ValueWriter, text_or_digits};
use super::input::{Cleaning, Content};
use crate::error::{Notes, ValueError, catalog};
use crate::json::Text;

/// A card verification code of 3 or 4 digits. Leading zeros count: `000` is a valid code.
///
/// A secret: its memory is wiped on drop and nothing shows it, so it implements neither `Clone`, `PartialEq`,
/// `Display` nor serde. PCI DSS forbids keeping it after the payment was authorized.
pub struct Cvc(Zeroizing<String>);

opaque_debug!(Cvc);
parses!(Cvc);

impl Cvc {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FieldValue for Cvc {
    type Checked<'a> = Text<'a>;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check<'a>(content: Content<'a>, _: usize, notes: &mut Notes<'_>) -> Option<Text<'a>> {
        let checked = text_or_digits(content, notes).and_then(|text| {
            if !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(ValueError::new(&catalog::CVC_CHARACTER));
            }
            match text.len() {
                0..3 => Err(ValueError::new(&catalog::CVC_TOO_SHORT).with(3_usize)),
                3..=4 => Ok(text),
                _ => Err(ValueError::new(&catalog::TOO_MANY_DIGITS).with(4_usize)),
            }
        });
        notes.keep(checked)
    }

    fn view(&self) -> Text<'_> {
        Text::Borrowed(&self.0)
    }

    fn build(text: Text<'_>) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_three_or_four_digits() {
        use ErrorCode::{Malformed, Required, TooLong, TooShort};
        for (text, code) in [
            ("000", None),
            ("1234", None),
            (" 123", None),
            ("12", Some(TooShort)),
            ("12345", Some(TooLong)),
            ("12a", Some(Malformed)),
            ("1 23", Some(Malformed)),
            ("１２３", Some(Malformed)),
            ("", Some(Required)),
        ] {
            assert_eq!(
                text.parse::<Cvc>().err().map(|error| error.code()),
                code,
                "{text}"
            );
        }
        assert_eq!(format!("{:?}", "737".parse::<Cvc>().unwrap()), "Cvc(..)");
    }
}
