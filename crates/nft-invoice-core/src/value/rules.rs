use std::time::SystemTime;

use super::amount::Amount;
use super::date::Date;
use super::mode::Mode;

/// What validation depends on beside the invoice: the day, the mode, and the limits of the merchant's account.
///
/// This crate has no clock, so the day is always given: today, before an invoice is sent. To read a stored invoice
/// again, give the day on which it was created, so that it is valid as it was then.
///
/// The rules are those of the gateway. To require a field that it does not, look at the invoice, for example whether
/// [`Invoice::success_url`](crate::Invoice::success_url) is `Some`.
///
/// ```
/// use std::time::SystemTime;
/// use nft_invoice_core::{Date, Mode, Rules};
///
/// let rules = Rules::at(SystemTime::now()).mode(Mode::Hosted);
/// let new_year = Rules::on(Date::new(2026, 1, 1).unwrap()).max_amount("5000".parse()?);
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub(crate) today: Date,
    pub(crate) mode: Option<Mode>,
    pub(crate) min: Option<Amount>,
    pub(crate) max: Option<Amount>,
}

impl Rules {
    /// Creates rules with `today` as the current day, on which a card's expiry and a date of birth depend.
    #[must_use]
    pub const fn on(today: Date) -> Self {
        Self {
            today,
            mode: None,
            min: None,
            max: None,
        }
    }

    /// Returns the rules of the day of `time` in UTC, such as `SystemTime::now()`.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self::on(Date::at(time))
    }

    /// Sets the mode. By default it follows from the input: S2S if one of the three card fields is filled in,
    /// otherwise hosted.
    #[must_use]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets the smallest amount of the merchant's account (the gateway's code 50012).
    #[must_use]
    pub const fn min_amount(mut self, min: Amount) -> Self {
        self.min = Some(min);
        self
    }

    /// Sets the largest amount of the merchant's account (the gateway's code 50011).
    #[must_use]
    pub const fn max_amount(mut self, max: Amount) -> Self {
        self.max = Some(max);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_day_of_a_time_is_that_of_utc() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (1_798_243_199, "2026-12-25"),
        ] {
            assert_eq!(
                Rules::at(UNIX_EPOCH + Duration::from_secs(seconds))
                    .today
                    .to_string(),
                day
            );
        }
        assert_eq!(
            Rules::at(UNIX_EPOCH - Duration::from_secs(1))
                .today
                .to_string(),
            "1969-12-31"
        );
    }
}
