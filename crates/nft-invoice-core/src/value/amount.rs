use std::fmt;

use super::field_value::{FieldValue, ValueWriter};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};
use crate::json::Text;

/// An amount of money, exact to the cent: 0.01 to 999999999999.99, in units of the invoice's currency.
///
/// Read from its digits and never through a float, in which `8.29 * 100` is 828.9999….
///
/// ```
/// use nft_invoice_core::Amount;
///
/// let amount: Amount = "15.4".parse()?;
/// assert_eq!(amount.minor_units(), 1540);
/// assert_eq!(amount.to_string(), "15.40");
/// assert_eq!(amount, Amount::from_minor_units(1540)?);
/// assert!("15,40".parse::<Amount>().is_err());
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    minor: u64,
}

parses!(Amount);
serde_as_text!(Amount);

impl Amount {
    /// The most digits before the point.
    pub const MAX_DIGITS: usize = 12;

    /// Creates an amount from hundredths of the currency's unit: 1540 is 15.40.
    ///
    /// # Errors
    ///
    /// `out_of_range` for zero and for 10^14 and more.
    pub fn from_minor_units(minor: u64) -> Result<Self, ValueError> {
        match minor {
            0 => Err(ValueError::new(&catalog::AMOUNT_ZERO)),
            1..100_000_000_000_000 => Ok(Self { minor }),
            _ => Err(too_large()),
        }
    }

    /// Returns the amount in hundredths of the currency's unit: 1540 for 15.40.
    #[must_use]
    pub const fn minor_units(self) -> u64 {
        self.minor
    }

    fn read(text: &str, notes: &mut Notes<'_>) -> Result<Self, ValueError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "00"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) {
            return Err(ValueError::new(&catalog::AMOUNT_FORM));
        }
        let (cents, rest) = decimals.split_at(decimals.len().min(2));
        if !rest.bytes().all(|b| b == b'0') {
            return Err(ValueError::new(&catalog::AMOUNT_DECIMALS));
        }
        let significant = whole.trim_start_matches('0');
        if significant.len() > Self::MAX_DIGITS {
            return Err(too_large());
        }
        if !rest.is_empty() {
            notes.warn(&catalog::DECIMALS_REMOVED);
        }
        // At most 14 digits: this fits. A single digit after the point means tenths.
        let number = |part: &str| part.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
        let tenths = if cents.len() == 1 { 10 } else { 1 };
        let amount = Self::from_minor_units(number(significant) * 100 + number(cents) * tenths)?;
        if whole.len() > 1 && whole.starts_with('0') {
            notes.warn(&catalog::AMOUNT_LEADING_ZERO);
        }
        Ok(amount)
    }
}

impl FieldValue for Amount {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let text = match content {
            Content::Text(text) => text,
            Content::Number(digits) => Text::Borrowed(digits),
            _ => {
                notes.error(ValueError::new(&catalog::NOT_TEXT_OR_NUMBER));
                return None;
            }
        };
        let amount = Self::read(&text, notes);
        notes.keep(amount)
    }

    fn judge(amount: &Self, rules: &Rules) -> Result<(), ValueError> {
        let beyond = |template, limit: Self, code| {
            Err(ValueError::new(template)
                .with(limit.to_string())
                .at_gateway(code))
        };
        match (rules.min, rules.max) {
            (_, Some(max)) if *amount > max => beyond(&catalog::AMOUNT_ABOVE, max, 50011),
            (Some(min), _) if *amount < min => beyond(&catalog::AMOUNT_BELOW, min, 50012),
            _ => Ok(()),
        }
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(amount: Self) -> Self {
        amount
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        let mut buffer = [0; 20];
        out.amount(self.digits(&mut buffer));
    }
}

impl Amount {
    /// The digits as `Display` shows them, without an allocation.
    fn digits<'b>(&self, buffer: &'b mut [u8; 20]) -> &'b str {
        let mut at = buffer.len();
        let mut put = |byte| {
            at -= 1;
            buffer[at] = byte;
        };
        let digit = |n: u64| b'0' + (n % 10) as u8;
        let (mut whole, cents) = (self.minor / 100, self.minor % 100);
        if cents > 0 {
            put(digit(cents));
            put(digit(cents / 10));
            put(b'.');
        }
        loop {
            put(digit(whole));
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        std::str::from_utf8(&buffer[at..]).unwrap_or_default()
    }
}

/// Whole amounts without a point, others with two decimals: `42`, `15.40`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.digits(&mut [0; 20]))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

fn too_large() -> ValueError {
    ValueError::new(&catalog::AMOUNT_TOO_LARGE).with(Amount::MAX_DIGITS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn cents_come_from_the_digits() {
        for (text, minor, shown) in [
            ("8.29", 829, "8.29"),
            ("42", 4200, "42"),
            ("42.0", 4200, "42"),
            ("15.4", 1540, "15.40"),
            ("15.0400", 1504, "15.04"),
            ("0.01", 1, "0.01"),
            ("007.50", 750, "7.50"),
            ("0000000000001", 100, "1"),
            (" 1\u{a0}", 100, "1"),
            ("999999999999.99", 99_999_999_999_999, "999999999999.99"),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(amount.minor_units(), minor, "{text}");
            assert_eq!(amount.to_string(), shown, "{text}");
            assert_eq!(format!("{amount:?}"), format!("Amount({shown})"));
        }
    }

    #[test]
    fn rejects_what_is_not_an_amount() {
        use ErrorCode::{Malformed, OutOfRange, Required};
        for (text, code) in [
            ("", Required),
            (".", Malformed),
            (".5", Malformed),
            ("5.", Malformed),
            ("15.041", Malformed),
            ("1.2.3", Malformed),
            ("+1", Malformed),
            ("-1", Malformed),
            ("1e2", Malformed),
            ("1_000", Malformed),
            ("1 000", Malformed),
            ("1,000.00", Malformed),
            ("１", Malformed),
            ("NaN", Malformed),
            ("0", OutOfRange),
            ("0.000", OutOfRange),
            ("1000000000000", OutOfRange),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap_err().code(), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_rust_decimal(text in "[0-9]{1,13}(\\.[0-9]{1,2}0{0,3})?") {
            let theirs = text.parse::<Decimal>().unwrap();
            match text.parse::<Amount>() {
                Ok(ours) => {
                    prop_assert_eq!(Decimal::new(ours.minor_units() as i64, 2), theirs);
                    prop_assert_eq!(ours.to_string().parse::<Decimal>().unwrap(), theirs);
                }
                Err(error) => {
                    let is_large = theirs >= Decimal::new(1_000_000_000_000, 0);
                    prop_assert!(is_large || theirs.is_zero(), "{}", error);
                }
            }
        }
    }
}
