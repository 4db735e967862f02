//! Repeating what may be repeated.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::Error;

/// How often, and after which waits, to repeat a call that failed **and may be repeated**: a read, or a
/// `create` that was certainly not sent.
///
/// An unknown `create` cannot be repeated through this, whatever the settings: the first error that is not
/// [worth repeating](Error::is_worth_repeating) is the result. There is no timer in here; the caller brings
/// one.
///
/// The waits double from `first` to `longest`, each cut by a random part of up to a half, so that many callers do
/// not come back at once.
///
/// ```
/// use nft_invoice::{Error, Invoice, Retry, blocking};
///
/// fn create(client: &blocking::Client, invoice: &Invoice) -> Result<(), Error> {
///     Retry::default().run_blocking(std::thread::sleep, || client.create(invoice))?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most calls, the first one included. 4 unless set.
    pub attempts: u32,
    /// The first wait. 500 ms unless set.
    pub first: Duration,
    /// The longest single wait. 8 s unless set.
    pub longest: Duration,
    /// The most that may be waited in all; a wait that would go beyond it is not begun. 20 s unless set.
    pub budget: Duration,
}

impl Retry {
    /// Calls, and after a failure that may be repeated waits with `wait` and calls again.
    ///
    /// # Errors
    ///
    /// The last error, or the first that is not worth repeating.
    pub async fn run<T, C, W>(
        &self,
        mut wait: impl FnMut(Duration) -> W,
        mut call: impl FnMut() -> C,
    ) -> Result<T, Error>
    where
        C: Future<Output = Result<T, Error>>,
        W: Future<Output = ()>,
    {
        let mut waits = self.waits();
        loop {
            let error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match waits.after(&error) {
                Some(time) => wait(time).await,
                None => return Err(error),
            }
        }
    }

    /// [`run`](Self::run) on the caller's thread, as with `std::thread::sleep`.
    ///
    /// # Errors
    ///
    /// The last error, or the first that is not worth repeating.
    pub fn run_blocking<T>(
        &self,
        mut wait: impl FnMut(Duration),
        mut call: impl FnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut waits = self.waits();
        loop {
            let error = match call() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match waits.after(&error) {
                Some(time) => wait(time),
                None => return Err(error),
            }
        }
    }

    fn waits(&self) -> Waits {
        Waits {
            retry: *self,
            failed: 0,
            waited: Duration::ZERO,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            budget: Duration::from_secs(20),
        }
    }
}

/// How far a series of attempts is.
struct Waits {
    retry: Retry,
    failed: u32,
    waited: Duration,
}

impl Waits {
    /// How long to wait after `error` before the next attempt; `None` if there is to be none.
    fn after(&mut self, error: &Error) -> Option<Duration> {
        self.failed += 1;
        if !error.is_worth_repeating() || self.failed >= self.retry.attempts {
            return None;
        }
        let full = self
            .retry
            .first
            .saturating_mul(2_u32.saturating_pow(self.failed - 1))
            .min(self.retry.longest);
        let time = full - full.mul_f64(random_half());
        self.waited = self.waited.checked_add(time)?;
        (self.waited <= self.retry.budget).then_some(time)
    }
}

/// From 0 up to a half. It only has to differ between callers.
fn random_half() -> f64 {
    let random = RandomState::new().hash_one(0_u8);
    (random >> 11) as f64 / (1_u64 << 54) as f64
}

#[cfg(test)]
mod tests {
    use nft_invoice_core::Call;
    use nft_invoice_transport::TransportError;

    use super::*;

    fn not_sent(call: Call) -> Error {
        let source = TransportError::not_sent("refused");
        Error::Transport { call, source }
    }

    fn unknown(call: Call) -> Error {
        let source = TransportError::unknown("reset");
        Error::Transport { call, source }
    }

    /// The number of calls, and the waits between them.
    fn series(retry: Retry, error: impl Fn() -> Error) -> (u32, Vec<Duration>) {
        let (mut calls, mut waits) = (0, Vec::new());
        let result: Result<(), Error> = retry.run_blocking(
            |time| waits.push(time),
            || {
                calls += 1;
                assert!(calls < 100, "the series has no end");
                Err(error())
            },
        );
        result.expect_err("every call fails");
        (calls, waits)
    }

    #[test]
    fn an_unknown_create_is_called_once_and_what_may_be_repeated_again() {
        let retry = Retry::default();
        for (error, calls) in [
            (unknown as fn(Call) -> Error, [1, 4, 4, 4]),
            (not_sent, [4, 4, 4, 4]),
        ] {
            for (call, calls) in Call::ALL.into_iter().zip(calls) {
                assert_eq!(
                    series(retry, || error(call)).0,
                    calls,
                    "{call}: {}",
                    error(call)
                );
            }
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_lose_at_most_a_half() {
        let retry = Retry {
            attempts: 8,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(4),
            budget: Duration::MAX,
        };
        let (_, waits) = series(retry, || not_sent(Call::Create));
        let full = [1, 2, 4, 4, 4, 4, 4].map(Duration::from_secs);
        assert_eq!(waits.len(), full.len());
        assert_ne!(waits, full, "no two callers' waits are the same");
        for (wait, full) in waits.into_iter().zip(full) {
            assert!(full / 2 <= wait && wait <= full, "{wait:?} of {full:?}");
        }
    }

    #[test]
    fn the_budget_ends_the_series() {
        let retry = Retry {
            attempts: u32::MAX,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(1),
            budget: Duration::from_secs(10),
        };
        let (_, waits) = series(retry, || not_sent(Call::Create));
        let waited: Duration = waits.iter().sum();
        assert!(waited <= retry.budget, "{waited:?}");
        assert!(
            waits.len() >= 10,
            "each wait is at most a second: {waits:?}"
        );
        let none = Retry {
            budget: Duration::ZERO,
            ..retry
        };
        assert_eq!(series(none, || not_sent(Call::Create)).0, 1);
    }

    #[test]
    fn the_first_success_is_the_result() {
        let mut calls = 0;
        let done = Retry::default().run_blocking(
            |_| (),
            || {
                calls += 1;
                if calls < 3 {
                    Err(not_sent(Call::Create))
                } else {
                    Ok(calls)
                }
            },
        );
        assert_eq!(done.unwrap(), 3);
    }
}
