use std::fmt;
use std::str::FromStr;

use crate::problem::{Fault, ProblemCode};

/// An amount of money, exact to the cent: 0.01 up to 999999999999.99.
///
/// Read from its own digits and never through a float, in which `8.29 * 100` is 828.9999….
///
/// ```
/// use nft_invoice_core::Amount;
///
/// let amount: Amount = "15.4".parse().unwrap();
/// assert_eq!(amount.minor_units(), 1540);
/// assert_eq!(amount.to_string(), "15.40");
/// assert!("15,40".parse::<Amount>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    minor: u64,
}

impl Amount {
    /// An amount of hundredths of the currency's unit: 1540 is 15.40.
    ///
    /// # Errors
    ///
    /// `out_of_range` for zero and from 10^14 on.
    pub fn from_minor_units(minor: u64) -> Result<Self, Fault> {
        match minor {
            0 => Err(Fault::new(
                ProblemCode::OutOfRange,
                "the amount must be more than zero",
            )),
            1..100_000_000_000_000 => Ok(Self { minor }),
            _ => Err(too_many_digits()),
        }
    }

    /// Hundredths of the currency's unit: 1540 for 15.40.
    #[must_use]
    pub const fn minor_units(self) -> u64 {
        self.minor
    }
}

impl FromStr for Amount {
    type Err = Fault;

    /// Reads `digits`, `digits.d` or `digits.dd`.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(cents) || cents.len() > 2 {
            return Err(Fault::new(
                ProblemCode::Malformed,
                "write the amount in digits, with a point and at most two digits after it: 42 or 15.04",
            ));
        }
        if whole.len() > 12 {
            return Err(too_many_digits());
        }
        // At most 14 digits: this fits, and a single digit after the point means tenths.
        let number = |part: &str| part.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
        let tenths = if cents.len() == 1 { 10 } else { 1 };
        Self::from_minor_units(number(whole) * 100 + number(cents) * tenths)
    }
}

/// Whole amounts without a point, others with two digits: `42`, `15.40`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.minor / 100, self.minor % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, cents) => write!(f, "{whole}.{cents:02}"),
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Amount")
    }
}

fn too_many_digits() -> Fault {
    Fault::new(
        ProblemCode::OutOfRange,
        "the amount has more than 12 digits before the point",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn cents_come_from_the_digits() {
        for (text, minor, shown) in [
            ("8.29", 829, "8.29"),
            ("42", 4200, "42"),
            ("42.0", 4200, "42"),
            ("15.4", 1540, "15.40"),
            ("0.01", 1, "0.01"),
            ("007.50", 750, "7.50"),
            ("999999999999.99", 99_999_999_999_999, "999999999999.99"),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(amount.minor_units(), minor, "{text}");
            assert_eq!(amount.to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_refused_and_why() {
        use ProblemCode::{Malformed, OutOfRange};
        for (text, code) in [
            ("", Malformed),
            (".", Malformed),
            (".5", Malformed),
            ("5.", Malformed),
            ("1.234", Malformed),
            ("1.2.3", Malformed),
            ("+1", Malformed),
            ("-1", Malformed),
            ("1e2", Malformed),
            ("1_000", Malformed),
            ("1,000.00", Malformed),
            (" 1", Malformed),
            ("１", Malformed),
            ("NaN", Malformed),
            ("0", OutOfRange),
            ("0.00", OutOfRange),
            ("1000000000000", OutOfRange),
            ("0000000000001", OutOfRange),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap_err().code(), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_rust_decimal(text in "[0-9]{1,13}(\\.[0-9]{1,3})?") {
            let theirs = text.parse::<Decimal>().unwrap();
            match text.parse::<Amount>() {
                Ok(ours) => {
                    prop_assert_eq!(Decimal::new(ours.minor_units() as i64, 2), theirs);
                    prop_assert_eq!(ours.to_string().parse::<Decimal>().unwrap(), theirs);
                }
                Err(fault) => {
                    let places = text.split_once('.').map_or(0, |(_, cents)| cents.len());
                    let long = text.split('.').next().unwrap().len() > 12;
                    prop_assert!(places > 2 || long || theirs.is_zero(), "{}", fault);
                }
            }
        }
    }
}
