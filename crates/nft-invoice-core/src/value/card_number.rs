use zeroize::Zeroizing;

use super::field_value::{FieldValue, ValueWriter, text_or_digits};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};
use crate::json::Text;

/// A card number of 8 to 19 digits. Spaces and hyphens between them are removed.
///
/// Its check digit is right, except that numbers beginning with 62 may have another one, as some UnionPay cards do.
///
/// A secret: its memory is wiped on drop and nothing shows more than its last four digits, so it implements
/// neither `Clone`, `PartialEq`, `Display` nor serde. Keeping card numbers falls under PCI DSS.
///
/// ```
/// use nft_invoice_core::CardNumber;
///
/// let number: CardNumber = "4242 4242-4242 4242".parse()?;
/// assert_eq!(number.last4(), Some("4242"));
/// assert_eq!(format!("{number:?}"), "CardNumber(..)");
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
pub struct CardNumber(Zeroizing<String>);

opaque_debug!(CardNumber);
parses!(CardNumber);

impl CardNumber {
    /// Returns the last four digits, the most that may be shown; `None` for a number of fewer than 12 digits.
    #[must_use]
    pub fn last4(&self) -> Option<&str> {
        (self.0.len() >= SHOWN_FROM).then(|| &self.0[self.0.len() - 4..])
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// From how many digits on the last four may be shown.
const SHOWN_FROM: usize = 12;

impl FieldValue for CardNumber {
    /// The digits.
    type Checked<'a> = Text<'a>;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check<'a>(content: Content<'a>, _: usize, notes: &mut Notes<'_>) -> Option<Text<'a>> {
        let checked = text_or_digits(content, notes).and_then(|text| {
            let digits = without_separators(text, notes)?;
            let is_zero = digits.bytes().all(|b| b == b'0');
            match digits.len() {
                1.. if is_zero => Err(ValueError::new(&catalog::CARD_ZEROS)),
                0..8 => Err(ValueError::new(&catalog::CARD_TOO_SHORT).with(8_usize)),
                8..=19 if is_unionpay(&digits) || has_check_digit(digits.as_bytes()) => Ok(digits),
                8..=19 => Err(ValueError::new(&catalog::CARD_CHECKSUM)),
                _ => Err(ValueError::new(&catalog::TOO_MANY_DIGITS).with(19_usize)),
            }
        });
        notes.keep(checked)
    }

    fn warn(digits: &Text<'_>, _: &Rules, notes: &mut Notes<'_>) {
        if digits.len() < SHOWN_FROM {
            notes.warn_with(&catalog::CARD_SHORT, SHOWN_FROM);
        }
        if !has_check_digit(digits.as_bytes()) {
            notes.warn(&catalog::CARD_UNIONPAY);
        }
        if TEST_NUMBERS.contains(&&**digits) {
            notes.warn(&catalog::TEST_CARD);
        }
    }

    fn view(&self) -> Text<'_> {
        Text::Borrowed(&self.0)
    }

    fn build(digits: Text<'_>) -> Self {
        Self(Zeroizing::new(digits.to_owned()))
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(&self.0);
    }
}

/// Whether `digits` are those of an American Express card, the only brand with a verification code of four digits.
pub(crate) fn is_amex(digits: &str) -> bool {
    digits.len() == 15 && (digits.starts_with("34") || digits.starts_with("37"))
}

/// Whether `digits` are those of a UnionPay card.
fn is_unionpay(digits: &str) -> bool {
    digits.starts_with("62")
}

/// `text` without spaces and hyphens, if nothing but ASCII digits is left.
fn without_separators<'a>(text: Text<'a>, notes: &mut Notes<'_>) -> Result<Text<'a>, ValueError> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text);
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'))
    {
        return Err(ValueError::new(&catalog::CARD_CHARACTER));
    }
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    digits.extend(text.chars().filter(char::is_ascii_digit));
    if !digits.is_empty() {
        notes.warn(&catalog::SEPARATORS_REMOVED);
    }
    Ok(Text::Owned(digits))
}

/// Whether the last of `digits` (ASCII) is the Luhn check digit of the others.
pub(crate) fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            let weighed = if at % 2 == 1 { digit * 2 } else { digit };
            weighed / 10 + weighed % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The test numbers that payment providers publish.
const TEST_NUMBERS: [&str; 46] = [
    "2223003122003222",
    "3056930009020004",
    "30569309025904",
    "3530111333300000",
    "3566002020360505",
    "36227206271667",
    "371449635398431",
    "378282246310005",
    "38520000023237",
    "4000000000000002",
    "4000000000000069",
    "4000000000000119",
    "4000000000000127",
    "4000000000000259",
    "4000000000003055",
    "4000000000003220",
    "4000000000005423",
    "4000000000006975",
    "4000000000009235",
    "4000000000009979",
    "4000000000009987",
    "4000000000009995",
    "4000002760003184",
    "4000008260003178",
    "4000008400001280",
    "4000008400001629",
    "4000056655665556",
    "4012888888881881",
    "4023898493988028",
    "4100000000000019",
    "4111111111111111",
    "4222222222222",
    "4242424242424242",
    "5019717010103742",
    "5105105105105100",
    "5200828282828210",
    "5555555555554444",
    "6011000990139424",
    "6011111111111117",
    "6011981111111113",
    "6200000000000005",
    "6200000000000047",
    "6205500000000000004",
    "6304000000000000",
    "6331101999990016",
    "6555900000604105",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorCode;

    fn code(text: &str) -> Option<ErrorCode> {
        text.parse::<CardNumber>().err().map(|error| error.code())
    }

    #[test]
    fn accepts_every_published_test_number() {
        for number in TEST_NUMBERS {
            assert_eq!(code(number), None, "{number}");
        }
    }

    #[test]
    fn accepts_digits_with_a_right_check_digit() {
        use ErrorCode::{Checksum, Malformed, Required, TooLong, TooShort};
        for (text, expected) in [
            ("4242424242424242", None),
            (" 4242-4242 4242--4242 ", None),
            ("4242\u{a0}4242\u{a0}4242\u{2011}4242\u{200b}", None),
            ("6200000000000001", None),
            ("", Some(Required)),
            ("-", Some(TooShort)),
            ("4242.4242.4242.4242", Some(Malformed)),
            ("４２４２４２４２４２４２４２４２", Some(Malformed)),
            ("0000000000000000", Some(Malformed)),
            ("000", Some(Malformed)),
            ("4242424", Some(TooShort)),
            ("42424242424242424242", Some(TooLong)),
            ("4242424242424241", Some(Checksum)),
            ("2424242424242424", Some(Checksum)),
            // Discover and Maestro, unlike 62…, always have one.
            ("6011111111111118", Some(Checksum)),
            ("6304000000000001", Some(Checksum)),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn shows_four_digits_from_twelve_up() {
        assert_eq!("42424242420".parse::<CardNumber>().unwrap().last4(), None);
        assert_eq!(
            "424242424242".parse::<CardNumber>().unwrap().last4(),
            Some("4242")
        );
    }

    #[test]
    fn knows_american_express_by_prefix_and_length() {
        for (digits, expected) in [
            ("378282246310005", true),
            ("341111111111111", true),
            ("361111111111111", false),
            ("3782822463100050", false),
        ] {
            assert_eq!(is_amex(digits), expected, "{digits}");
        }
    }

    proptest! {
        #[test]
        fn the_check_digit_agrees_with_luhn3(text in "[0-9]{8,19}") {
            prop_assert_eq!(has_check_digit(text.as_bytes()), luhn3::valid(text.as_bytes()));
        }

        #[test]
        fn rejects_a_mistyped_digit(at in 0_usize..16, by in 1_u8..10) {
            let mut digits = *b"4242424242424242";
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            let text = String::from_utf8(digits.to_vec()).unwrap();
            prop_assert!(text.starts_with("62") || code(&text) == Some(ErrorCode::Checksum));
        }
    }
}
