use zeroize::Zeroizing;

use crate::advice::{AdviceCode, Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// A card number of 8 to 19 digits whose check digit is right.
///
/// A secret: its memory is wiped on drop, a move leaves no copy, and nothing prints it. Whoever keeps it
/// falls under PCI DSS.
///
/// ```
/// use nft_invoice_core::CardNumber;
///
/// let number = CardNumber::new("4242 4242-4242 4242").unwrap();
/// assert_eq!(number.last4(), Some("4242"));
/// assert_eq!(format!("{number:?}"), "CardNumber(..)");
/// ```
pub struct CardNumber(Zeroizing<String>);

opaque_debug!(CardNumber);

impl CardNumber {
    /// Takes digits; ASCII spaces and hyphens between them are left out.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed` for another character, or nothing but zeros; `too_short` under 8
    /// digits; `too_long` over 19; `checksum` when the Luhn digit is wrong. There is no table of brands.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        let digits = digits(text).ok_or_else(|| {
            Fault::new(
                ProblemCode::Malformed,
                "digits only; spaces and hyphens may stand between them",
            )
        })?;
        let fault = |code, message| Err(Fault::new(code, message));
        match digits.len() {
            1.. if digits.bytes().all(|b| b == b'0') => {
                fault(ProblemCode::Malformed, "a card number is not all zeros")
            }
            0..8 => fault(ProblemCode::TooShort, "at least 8 digits"),
            8..=19 if has_check_digit(digits.as_bytes()) => Ok(Self(digits)),
            8..=19 => fault(
                ProblemCode::Checksum,
                "the check digit is wrong: probably a digit is mistyped or two are swapped",
            ),
            _ => fault(ProblemCode::TooLong, "at most 19 digits"),
        }
    }

    /// The last four digits, the most that may be shown; `None` for a number of fewer than 12 digits.
    #[must_use]
    pub fn last4(&self) -> Option<&str> {
        (self.0.len() >= 12).then(|| &self.0[self.0.len() - 4..])
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// American Express, the only brand with a verification code of four digits.
    pub(crate) fn is_amex(&self) -> bool {
        self.0.len() == 15 && (self.0.starts_with("34") || self.0.starts_with("37"))
    }

    pub(crate) fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.0.len() < 12 {
            remarks.push(unusual("a card number of fewer than 12 digits"));
        }
        if TEST_NUMBERS.contains(&self.0.as_str()) {
            remarks.push(Remark {
                code: AdviceCode::TestCard,
                message: "a well-known test number: no live gateway charges it",
            });
        }
        remarks
    }
}

/// The digits of `text` less ASCII spaces and hyphens, in memory that is wiped; `None` for anything else.
pub(crate) fn digits(text: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
        if !c.is_ascii_digit() {
            return None;
        }
        digits.push(c);
    }
    Some(digits)
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

/// The numbers that payment providers publish for tests.
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

    fn code(text: &str) -> Option<ProblemCode> {
        CardNumber::new(text).err().map(|fault| fault.code())
    }

    #[test]
    fn every_test_number_passes_and_is_remarked_on() {
        for number in TEST_NUMBERS {
            let card = CardNumber::new(number).unwrap_or_else(|fault| panic!("{number}: {fault}"));
            assert!(
                card.remarks()
                    .iter()
                    .any(|r| r.code == AdviceCode::TestCard),
                "{number}"
            );
        }
    }

    #[test]
    fn refused() {
        use ProblemCode::{Checksum, Malformed, Required, TooLong, TooShort};
        for (text, expected) in [
            ("4242424242424242", None),
            (" 4242-4242 4242--4242 ", None),
            ("", Some(Required)),
            ("-", Some(TooShort)),
            ("4242.4242.4242.4242", Some(Malformed)),
            ("4242\u{a0}4242\u{a0}4242\u{a0}4242", Some(Malformed)),
            ("４２４２４２４２４２４２４２４２", Some(Malformed)),
            ("0000000000000000", Some(Malformed)),
            ("000", Some(Malformed)),
            ("4242424", Some(TooShort)),
            ("42424242424242424242", Some(TooLong)),
            ("4242424242424241", Some(Checksum)),
            ("2424242424242424", Some(Checksum)),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn four_digits_are_shown_from_twelve_up() {
        assert_eq!(CardNumber::new("42424242420").unwrap().last4(), None);
        assert_eq!(
            CardNumber::new("424242424242").unwrap().last4(),
            Some("4242")
        );
    }

    proptest! {
        #[test]
        fn the_check_digit_agrees_with_luhn3(text in "[0-9]{8,19}") {
            prop_assert_eq!(has_check_digit(text.as_bytes()), luhn3::valid(text.as_bytes()));
        }

        #[test]
        fn a_mistyped_digit_never_passes(at in 0_usize..16, by in 1_u8..10) {
            let mut digits = *b"4242424242424242";
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            let text = String::from_utf8(digits.to_vec()).unwrap();
            prop_assert_eq!(code(&text), Some(ProblemCode::Checksum));
        }
    }
}
