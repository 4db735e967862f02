use std::fmt;
use std::str::FromStr;

use crate::problem::{Fault, ProblemCode};

/// A day of the Gregorian calendar, years 0000 to 9999, without a time zone.
///
/// ```
/// use nft_invoice_core::Date;
///
/// let born: Date = "1990-12-31".parse().unwrap();
/// assert_eq!((born.year(), born.month(), born.day()), (1990, 12, 31));
/// assert!("2023-02-29".parse::<Date>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day `day` of `month` (1 to 12) in `year`, if there is one.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// The year, 0 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Whether more than `years` lie between this day and `later`.
    pub(crate) fn is_over_years_before(self, years: u16, later: Self) -> bool {
        (self.year + years, self.month, self.day) < (later.year, later.month, later.day)
    }
}

impl FromStr for Date {
    type Err = Fault;

    /// Reads `YYYY-MM-DD`: `malformed` for another form, `out_of_range` for a day that does not exist.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let malformed = || Fault::new(ProblemCode::Malformed, "write the date as YYYY-MM-DD");
        let (year, rest) = text.split_once('-').ok_or_else(malformed)?;
        let (month, day) = rest.split_once('-').ok_or_else(malformed)?;
        let number = |digits: &str, length: usize| {
            let plain = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let (Some(year), Some(month), Some(day)) =
            (number(year, 4), number(month, 2), number(day, 2))
        else {
            return Err(malformed());
        };
        // Two digits fit in a byte.
        Self::new(year, month as u8, day as u8)
            .ok_or_else(|| Fault::new(ProblemCode::OutOfRange, "there is no such day"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_agrees_with_jiff() {
        for year in 1900..=2300_u16 {
            for month in 0..=13_u8 {
                for day in 0..=32_u8 {
                    let theirs = jiff::civil::Date::new(year as i16, month as i8, day as i8);
                    let ours = Date::new(year, month, day);
                    assert_eq!(ours.is_some(), theirs.is_ok(), "{year}-{month}-{day}");
                    if let Some(ours) = ours {
                        let text = ours.to_string();
                        assert_eq!(text, theirs.unwrap().to_string());
                        assert_eq!(text.parse::<Date>().unwrap(), ours);
                    }
                }
            }
        }
    }

    #[test]
    fn another_form_is_malformed() {
        for text in [
            "",
            "1990-1-1",
            "90-12-31",
            "1990/12/31",
            "31-12-1990",
            "+990-12-31",
            "1990-12-31 ",
            "1990-12-311",
            "１990-12-31",
        ] {
            assert_eq!(
                text.parse::<Date>().unwrap_err().code(),
                ProblemCode::Malformed,
                "{text}"
            );
        }
        for text in ["1990-13-01", "1990-00-10", "1990-02-30", "1990-01-00"] {
            assert_eq!(
                text.parse::<Date>().unwrap_err().code(),
                ProblemCode::OutOfRange,
                "{text}"
            );
        }
    }
}
