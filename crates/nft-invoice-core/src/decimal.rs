use std::fmt;
use std::str::FromStr;

use crate::amount::Amount;
use crate::problem::{Fault, ProblemCode};

/// A number exactly as the gateway wrote it, as a JSON number or in a string: `5`, `"1.00"`, `-0.100`.
///
/// Equality is numeric, and no float is involved. At most 64 characters: an optional minus, digits, and
/// optionally a point with digits after it. A number with an exponent is refused.
///
/// ```
/// use nft_invoice_core::{Amount, Decimal};
///
/// let paid: Decimal = "5.00".parse().unwrap();
/// assert_eq!(paid, "5".parse::<Decimal>().unwrap());
/// assert_eq!(paid, "5".parse::<Amount>().unwrap());
/// assert_eq!(paid.as_str(), "5.00");
/// ```
#[derive(Clone)]
pub struct Decimal(String);

impl Decimal {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() > 64 {
            return Err(Fault::new(
                ProblemCode::TooLong,
                "the number has more than 64 characters",
            ));
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(Fault::new(
                ProblemCode::Malformed,
                "write the number in digits, with at most one point between them: 5 or 0.100",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        parts(&self.0) == parts(&other.0)
    }
}

impl Eq for Decimal {}

impl PartialEq<Amount> for Decimal {
    fn eq(&self, other: &Amount) -> bool {
        parts(&self.0) == parts(&other.to_string())
    }
}

/// The number as it was written.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Sign, whole part and fraction, less the zeros that do not count: equal for equal numbers.
fn parts(text: &str) -> (bool, &str, &str) {
    let unsigned = text.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    let is_zero = whole.is_empty() && fraction.is_empty();
    (text.starts_with('-') && !is_zero, whole, fraction)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for (a, b) in [
            ("5", "5.00"),
            ("005.10", "5.1"),
            ("0", "-0.00"),
            ("-1.50", "-1.5"),
            (
                "123456789012345678901234567890.1",
                "123456789012345678901234567890.10",
            ),
        ] {
            assert_eq!(decimal(a), decimal(b));
            assert_eq!(decimal(a).as_str(), a);
        }
        for (a, b) in [("5", "-5"), ("5", "50"), ("0.5", "0.05"), ("10", "1")] {
            assert_ne!(decimal(a), decimal(b));
        }
        let amount: Amount = "15.04".parse().unwrap();
        assert_eq!(decimal("15.040"), amount);
        assert_ne!(decimal("15.041"), amount);
        assert_ne!(decimal("-15.04"), amount);
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in [
            "", "-", ".", ".5", "5.", "--5", "+5", "1e3", "1.5E2", "1,5", " 5", "5 ", "NaN", "１",
        ] {
            let fault = text.parse::<Decimal>().unwrap_err();
            assert_eq!(fault.code(), ProblemCode::Malformed, "{text}");
        }
        assert!("1".repeat(64).parse::<Decimal>().is_ok());
        let fault = "1".repeat(65).parse::<Decimal>().unwrap_err();
        assert_eq!(fault.code(), ProblemCode::TooLong);
    }

    proptest! {
        #[test]
        fn equality_agrees_with_rust_decimal(a in "-?[0-2]{1,3}(\\.[0-2]{1,3})?", b in "-?[0-2]{1,3}(\\.[0-2]{1,3})?") {
            let theirs = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
            prop_assert_eq!(decimal(&a) == decimal(&b), theirs(&a) == theirs(&b));
        }
    }
}
