use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::text::{ParseError, Span};

/// A retry policy for callbacks: the delays between attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy(Vec<Duration>);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const STANDARD: [u64; 9] = [
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

impl RetryPolicy {
    /// Returns the standard policy of ten attempts: immediately, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
    #[must_use]
    pub fn standard() -> Self {
        Self(STANDARD.map(Duration::from_secs).to_vec())
    }

    /// Returns a policy without retries.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Returns a policy with an immediate attempt and one after each of these delays, counted from the previous attempt.
    #[must_use]
    pub fn custom(waits: impl IntoIterator<Item = Duration>) -> Self {
        Self(waits.into_iter().collect())
    }

    /// The delay after `failed` failed attempts. `Retry-After` can extend it to at most a day.
    pub(crate) fn wait(&self, failed: usize, asked: Option<Duration>) -> Option<Duration> {
        let wait = *self.0.get(failed.checked_sub(1)?)?;
        let asked = asked
            .unwrap_or_default()
            .min(Duration::from_secs(24 * HOUR));
        Some(wait.max(asked))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Display for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::standard() {
            return f.write_str("standard");
        }
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let waits: Vec<_> = self
            .0
            .iter()
            .map(|wait| Span::from(*wait).to_string())
            .collect();
        f.write_str(&waits.join(","))
    }
}

impl FromStr for RetryPolicy {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "standard" => return Ok(Self::standard()),
            "none" => return Ok(Self::none()),
            _ => {}
        }
        let waits: Option<Vec<_>> = text
            .split(',')
            .map(|wait| Span::read(wait.trim()))
            .collect();
        let waits = waits.filter(|waits| waits.len() <= 100).ok_or_else(|| {
            ParseError::expected(
                "`standard`, `none`, or at most 100 delays such as `5s,10m,2h`, each at most 366d",
            )
        })?;
        Ok(Self::custom(waits.into_iter().map(Span::duration)))
    }
}
