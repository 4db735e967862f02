use crate::advice::{AdviceCode, Remark, unusual};
use crate::date::Date;
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// The last month in which a card is good, as `MM/YYYY`.
pub struct CardExpiry {
    month: u8,
    year: u16,
}

opaque_debug!(CardExpiry);

impl CardExpiry {
    /// Reads `MM/YYYY`.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed` for another form; `out_of_range` for a month that does not exist.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        match parts(text) {
            Some((month, [thousands @ .., tens, ones])) if thousands.len() == 2 => {
                let century = two_digits(thousands[0], thousands[1]);
                Self::of(month, century * 100 + two_digits(*tens, *ones))
            }
            Some((_, [_, _])) => Err(malformed("write the year with four digits: MM/YYYY")),
            _ => Err(malformed("write the expiry date as MM/YYYY")),
        }
    }

    /// Reads `MM/YY`, as card widgets give it; the year is of this century.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_mm_yy(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        match parts(text) {
            Some((month, [tens, ones])) => Self::of(month, 2000 + two_digits(*tens, *ones)),
            _ => Err(malformed("write the expiry date as MM/YY")),
        }
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The year, with its century.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The card is good through the last day of its month at the cardholder, and at UTC-12 that day ends
    /// when it is over everywhere else: from the 2nd of the following month on it has expired.
    pub(crate) fn fault(&self, today: Date) -> Option<Fault> {
        let following = self.months() + 1;
        (months(today) > following || (months(today) == following && today.day() > 1))
            .then(|| Fault::new(ProblemCode::Expired, "the card has expired"))
    }

    pub(crate) fn remark(&self, today: Date) -> Option<Remark> {
        let (this, last) = (months(today), self.months());
        if this == last || (this == last + 1 && today.day() == 1) {
            return Some(Remark {
                code: AdviceCode::ExpiresSoon,
                message: "the card is in its last days",
            });
        }
        (last > this + 20 * 12).then(|| unusual("the card expires more than 20 years ahead"))
    }

    fn of(month: u16, year: u16) -> Result<Self, Fault> {
        match month {
            // A month fits in a byte.
            1..=12 => Ok(Self {
                month: month as u8,
                year,
            }),
            _ => Err(Fault::new(ProblemCode::OutOfRange, "a month is 01 to 12")),
        }
    }

    fn months(&self) -> u32 {
        u32::from(self.year) * 12 + u32::from(self.month)
    }
}

fn months(day: Date) -> u32 {
    u32::from(day.year()) * 12 + u32::from(day.month())
}

/// The month and the digits of the year, if both are digits.
fn parts(text: &str) -> Option<(u16, &[u8])> {
    let (month, year) = text.split_once('/')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    match month.as_bytes() {
        [tens, ones] if digits(month) && digits(year) => {
            Some((two_digits(*tens, *ones), year.as_bytes()))
        }
        _ => None,
    }
}

fn two_digits(tens: u8, ones: u8) -> u16 {
    u16::from(tens - b'0') * 10 + u16::from(ones - b'0')
}

fn malformed(message: &'static str) -> Fault {
    Fault::new(ProblemCode::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        use ProblemCode::{Malformed, OutOfRange, Required};
        for (text, expected) in [
            ("02/2025", None),
            ("12/2099", None),
            ("", Some(Required)),
            ("02/25", Some(Malformed)),
            ("2/2025", Some(Malformed)),
            ("02-2025", Some(Malformed)),
            ("2025/02", Some(Malformed)),
            ("02/2025 ", Some(Malformed)),
            ("02/20255", Some(Malformed)),
            ("0a/2025", Some(Malformed)),
            ("０２/2025", Some(Malformed)),
            ("00/2025", Some(OutOfRange)),
            ("13/2025", Some(OutOfRange)),
        ] {
            assert_eq!(
                CardExpiry::new(text).err().map(|f| f.code()),
                expected,
                "{text}"
            );
        }
        let message = CardExpiry::new("02/25").unwrap_err();
        assert!(message.message().contains("four digits"), "{message}");
        let widget = CardExpiry::from_mm_yy("02/25").unwrap();
        assert_eq!((widget.month(), widget.year()), (2, 2025));
        assert!(CardExpiry::from_mm_yy("02/2025").is_err());
    }

    #[test]
    fn good_through_the_day_after_its_month() {
        use AdviceCode::{ExpiresSoon, Unusual};
        for (card, today, expired, remark) in [
            ("02/2025", "2025-01-31", false, None),
            ("02/2025", "2025-02-01", false, Some(ExpiresSoon)),
            ("02/2025", "2025-02-28", false, Some(ExpiresSoon)),
            ("02/2025", "2025-03-01", false, Some(ExpiresSoon)),
            ("02/2025", "2025-03-02", true, None),
            ("02/2025", "2026-02-01", true, None),
            ("12/2025", "2026-01-01", false, Some(ExpiresSoon)),
            ("12/2025", "2026-01-02", true, None),
            ("02/2045", "2025-02-10", false, None),
            ("03/2045", "2025-02-10", false, Some(Unusual)),
        ] {
            let (card, day) = (CardExpiry::new(card).unwrap(), today.parse().unwrap());
            assert_eq!(card.fault(day).is_some(), expired, "{today}");
            assert_eq!(card.remark(day).map(|r| r.code), remark, "{today}");
        }
    }
}
