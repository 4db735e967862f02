use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::amount::Amount;
use crate::error::{ValueError, catalog};

/// A decimal number exactly as the gateway wrote it, as a JSON number or in a string: `5`, `"1.00"`, `-0.100`.
///
/// Equality is numeric, and no float is involved. At most 64 characters: an optional minus, digits, and
/// optionally a point with digits after it. A number with an exponent is invalid.
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
    /// Returns the number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.len() > 64 {
            return Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(64_usize));
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(ValueError::new(&catalog::DECIMAL_FORM));
        }
        Ok(Self(text.to_owned()))
    }
}

try_from_str!(Decimal);
serde_as_text!(Decimal);

impl AsRef<str> for Decimal {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        parts(&self.0).hash(state);
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

/// Shows the number as it was written.
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
    use crate::error::ErrorCode;

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
    fn rejects_what_is_not_a_plain_number() {
        for text in [
            "", "-", ".", ".5", "5.", "--5", "+5", "1e3", "1.5E2", "1,5", " 5", "5 ", "NaN", "１",
        ] {
            let error = text.parse::<Decimal>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::Malformed, "{text}");
        }
        assert!("1".repeat(64).parse::<Decimal>().is_ok());
        let error = "1".repeat(65).parse::<Decimal>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::TooLong);
    }

    proptest! {
        #[test]
        fn equality_agrees_with_rust_decimal(a in "-?[0-2]{1,3}(\\.[0-2]{1,3})?", b in "-?[0-2]{1,3}(\\.[0-2]{1,3})?") {
            let theirs = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
            prop_assert_eq!(decimal(&a) == decimal(&b), theirs(&a) == theirs(&b));
        }
    }
}
