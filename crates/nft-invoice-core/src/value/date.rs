use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{ValueError, catalog};

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
    /// Creates the day `day` of `month` (1 to 12) in `year`; `None` if it does not exist.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// Returns the day of `time` in UTC, such as of `SystemTime::now()`, cut to the years 0000 to 9999.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        };
        Self::from_days_since_1970(seconds.div_euclid(86_400))
    }

    /// Returns the year, 0 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day `days` after 1970-01-01, cut to the years 0000 to 9999 (Howard Hinnant's `civil_from_days`).
    pub(crate) fn from_days_since_1970(days: i64) -> Self {
        // 0000-01-01 and 9999-12-31.
        let days = days.clamp(-719_528, 2_932_896) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Counted from March.
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// Whether more than `years` lie between this day and `later`.
    pub(crate) fn is_over_years_before(self, years: u16, later: Self) -> bool {
        (self.year + years, self.month, self.day) < (later.year, later.month, later.day)
    }
}

impl Date {
    /// `YYYY-MM-DD`, without an allocation.
    pub(crate) fn text(self, buffer: &mut [u8; 10]) -> &str {
        let digit = |n: u16| b'0' + (n % 10) as u8;
        let (y, m, d) = (self.year, u16::from(self.month), u16::from(self.day));
        *buffer = [
            digit(y / 1000),
            digit(y / 100),
            digit(y / 10),
            digit(y),
            b'-',
            digit(m / 10),
            digit(m),
            b'-',
            digit(d / 10),
            digit(d),
        ];
        std::str::from_utf8(buffer).unwrap_or_default()
    }
}

impl FromStr for Date {
    type Err = ValueError;

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// `malformed` for another format, `out_of_range` for a day that does not exist.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(ValueError::new(&catalog::DATE_FORM));
        };
        let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
        if !digits.iter().all(|digit| digit.is_ascii_digit()) {
            return Err(ValueError::new(&catalog::DATE_FORM));
        }
        let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(|digit| digit - b'0');
        let year = [y1, y2, y3, y4]
            .iter()
            .fold(0, |year, digit| year * 10 + u16::from(*digit));
        Self::new(year, m1 * 10 + m2, d1 * 10 + d2).ok_or(ValueError::new(&catalog::NO_SUCH_DAY))
    }
}

try_from_str!(Date);
serde_as_text!(Date);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut [0; 10]))
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
    use crate::error::ErrorCode;

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
    fn rejects_another_format_and_days_that_do_not_exist() {
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
                ErrorCode::Malformed,
                "{text}"
            );
        }
        for text in ["1990-13-01", "1990-00-10", "1990-02-30", "1990-01-00"] {
            assert_eq!(
                text.parse::<Date>().unwrap_err().code(),
                ErrorCode::OutOfRange,
                "{text}"
            );
        }
    }

    #[test]
    fn days_since_1970_agree_with_jiff() {
        let epoch = jiff::civil::date(1970, 1, 1);
        for days in (-700_000..2_900_000).step_by(97) {
            let theirs = epoch.checked_add(jiff::Span::new().days(days)).unwrap();
            assert_eq!(
                Date::from_days_since_1970(days.into()).to_string(),
                theirs.to_string()
            );
        }
        assert_eq!(
            Date::from_days_since_1970(i64::MAX).to_string(),
            "9999-12-31"
        );
        assert_eq!(
            Date::from_days_since_1970(i64::MIN).to_string(),
            "0000-01-01"
        );
    }
}
