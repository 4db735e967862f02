use std::fmt;

use super::date::Date;
use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};

/// The last month in which a card is valid, written as `MM/YYYY`.
///
/// ```
/// use nft_invoice_core::Expiry;
///
/// let expiry: Expiry = "02/2030".parse()?;
/// assert_eq!((expiry.month(), expiry.year()), (2, 2030));
/// assert_eq!(Expiry::from_mm_yy("02/30")?, expiry);
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry {
    year: u16,
    month: u8,
}

opaque_debug!(Expiry);
parses!(Expiry);

impl Expiry {
    /// Creates an expiry from a month, 1 to 12, and a year with its century.
    ///
    /// # Errors
    ///
    /// `out_of_range` for a month that does not exist, `malformed` for a year above 9999.
    pub fn new(month: u8, year: u16) -> Result<Self, ValueError> {
        match (month, year) {
            (1..=12, 0..=9999) => Ok(Self { year, month }),
            (1..=12, _) => Err(ValueError::new(&catalog::EXPIRY_FORM)),
            _ => Err(ValueError::new(&catalog::NO_SUCH_MONTH)),
        }
    }

    /// Reads `MM/YY`, as card forms show it. The year is in this century.
    ///
    /// # Errors
    ///
    /// `malformed` for another format, `out_of_range` for a month that does not exist.
    pub fn from_mm_yy(text: &str) -> Result<Self, ValueError> {
        match parts(text.trim()) {
            Some((month, [tens, ones])) => Self::new(month, 2000 + two_digits(*tens, *ones)),
            _ => Err(ValueError::new(&catalog::EXPIRY_SHORT_FORM)),
        }
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the year, with its century.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    fn read(text: &str) -> Result<Self, ValueError> {
        match parts(text) {
            Some((month, [thousands, hundreds, tens, ones])) => Self::new(
                month,
                two_digits(*thousands, *hundreds) * 100 + two_digits(*tens, *ones),
            ),
            Some((_, [_, _])) => Err(ValueError::new(&catalog::EXPIRY_YEAR)),
            _ => Err(ValueError::new(&catalog::EXPIRY_FORM)),
        }
    }

    fn months(self) -> u32 {
        u32::from(self.year) * 12 + u32::from(self.month)
    }
}

impl FieldValue for Expiry {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| Self::read(&text));
        notes.keep(read)
    }

    /// The card is valid through the last day of its month where the cardholder is. In UTC-12 that day ends when
    /// it is over everywhere else, so the card has expired from the 2nd day of the following month on.
    fn judge(expiry: &Self, rules: &Rules) -> Result<(), ValueError> {
        let (this, following) = (months(rules.today), expiry.months() + 1);
        if this > following || (this == following && rules.today.day() > 1) {
            return Err(ValueError::new(&catalog::CARD_EXPIRED));
        }
        Ok(())
    }

    fn warn(expiry: &Self, rules: &Rules, notes: &mut Notes<'_>) {
        let (this, last) = (months(rules.today), expiry.months());
        if this == last || (this == last + 1 && rules.today.day() == 1) {
            notes.warn(&catalog::EXPIRES_SOON);
        }
        if last > this + 20 * 12 {
            notes.warn_with(&catalog::EXPIRY_FAR, 20_usize);
        }
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(expiry: Self) -> Self {
        expiry
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.text(&mut [0; 7]));
    }
}

impl Expiry {
    fn text(self, buffer: &mut [u8; 7]) -> &str {
        let digit = |n: u16| b'0' + (n % 10) as u8;
        let (m, y) = (u16::from(self.month), self.year);
        *buffer = [
            digit(m / 10),
            digit(m),
            b'/',
            digit(y / 1000),
            digit(y / 100),
            digit(y / 10),
            digit(y),
        ];
        std::str::from_utf8(buffer).unwrap_or_default()
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut [0; 7]))
    }
}

/// The month and the digits of the year, if both are digits. Spaces around the slash are ignored.
fn parts(text: &str) -> Option<(u8, &[u8])> {
    let (month, year) = text.split_once('/')?;
    let (month, year) = (
        month.trim_end_matches(' ').as_bytes(),
        year.trim_start_matches(' ').as_bytes(),
    );
    match month {
        [tens, ones] if month.iter().chain(year).all(u8::is_ascii_digit) => {
            Some(((tens - b'0') * 10 + (ones - b'0'), year))
        }
        _ => None,
    }
}

fn two_digits(tens: u8, ones: u8) -> u16 {
    u16::from(tens - b'0') * 10 + u16::from(ones - b'0')
}

fn months(day: Date) -> u32 {
    u32::from(day.year()) * 12 + u32::from(day.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn reads_a_month_and_a_whole_year() {
        use ErrorCode::{Malformed, OutOfRange, Required};
        for (text, code) in [
            ("02/2030", None),
            ("02 / 2030", None),
            ("02\u{a0}/\u{a0}2030", None),
            ("", Some(Required)),
            ("02/30", Some(Malformed)),
            ("2/2030", Some(Malformed)),
            ("02-2030", Some(Malformed)),
            ("2030/02", Some(Malformed)),
            ("02/2030/1", Some(Malformed)),
            ("00/2030", Some(OutOfRange)),
            ("13/2030", Some(OutOfRange)),
        ] {
            assert_eq!(
                text.parse::<Expiry>().err().map(|error| error.code()),
                code,
                "{text}"
            );
        }
        assert_eq!(
            "02 / 2030".parse::<Expiry>().unwrap().to_string(),
            "02/2030"
        );
        assert!(Expiry::from_mm_yy("02/2030").is_err() && Expiry::from_mm_yy("13/30").is_err());
    }

    #[test]
    fn a_card_is_valid_until_its_last_day_is_over_everywhere() {
        let expiry: Expiry = "12/2025".parse().unwrap();
        for (today, valid) in [
            ("2025-12-31", true),
            ("2026-01-01", true),
            ("2026-01-02", false),
            ("2027-01-01", false),
        ] {
            let rules = Rules::on(today.parse().unwrap());
            assert_eq!(Expiry::judge(&expiry, &rules).is_ok(), valid, "{today}");
        }
    }
}
