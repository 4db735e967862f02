//! The retry policy.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::Error;

/// A retry policy with exponential backoff, for calls that are safe to repeat: reads, and a `create` that certainly
/// was not sent.
///
/// A `create` with an unknown outcome is never repeated, whatever the settings: the first error that is not
/// [retryable](Error::is_retryable) is the result. The caller provides the timer.
///
/// The waits double from `first` to `longest`, with jitter: each is shortened by up to half, so that many callers do not
/// return at once.
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
    /// The maximum number of calls, including the first. Default: 4.
    pub attempts: u32,
    /// The first wait. Default: 500 ms.
    pub first: Duration,
    /// The longest single wait. Default: 8 s.
    pub longest: Duration,
    /// The maximum of all waits together: it gives up when the next wait would exceed it. Default: 20 s.
    pub budget: Duration,
}

impl Retry {
    /// Calls, and after a retryable error waits with `wait` and calls again. The future is `Send` if those of `wait`
    /// and `call` are.
    ///
    /// A [`Finder`](crate::Finder) is changed by each call, so it needs an async mutex:
    ///
    /// ```
    /// use nft_invoice::{Client, Error, FindOptions, Match, Reference, Retry};
    /// use tokio::sync::Mutex;
    ///
    /// async fn find(client: &Client, order: &Reference) -> Result<Option<Match>, Error> {
    ///     // Goes on after a read that failed, where `client.find` would begin again.
    ///     let finder = Mutex::new(client.finder(order, FindOptions::default()));
    ///     let next = || async { finder.lock().await.next().await };
    ///     Retry::default().run(tokio::time::sleep, next).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The last error, or the first that is not retryable.
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

    /// As [`run`](Self::run), on the caller's thread, for example with `std::thread::sleep`.
    ///
    /// # Errors
    ///
    /// The last error, or the first that is not retryable.
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

/// The position in a series of attempts.
struct Waits {
    retry: Retry,
    failed: u32,
    waited: Duration,
}

impl Waits {
    /// The wait after `error` before the next attempt; `None` if it was the last.
    fn after(&mut self, error: &Error) -> Option<Duration> {
        self.failed += 1;
        if !error.is_retryable() || self.failed >= self.retry.attempts {
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
    fn repeats_everything_but_a_create_with_unknown_outcome() {
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
    fn waits_double_up_to_the_longest_with_jitter() {
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
    fn returns_the_first_success() {
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
