use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A duration in the form `250ms`, `2s`, `10m`, `1h`, `3d`; up to 366 days. In JSON it is its milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Span {
    milliseconds: u64,
}

const DAY: u64 = 86_400_000;

/// The largest first.
const UNITS: [(&str, u64); 5] = [
    ("d", DAY),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl Span {
    pub(crate) const LONGEST: Self = Self::from_milliseconds(366 * DAY);

    pub(crate) const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    pub(crate) const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    pub(crate) const fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }

    /// Whole seconds, rounded up.
    pub(crate) const fn seconds(self) -> u64 {
        self.milliseconds.div_ceil(1000)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &text[digits.len()..];
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let milliseconds = digits.parse::<u64>().ok()?.checked_mul(*unit)?;
        Some(Self { milliseconds }).filter(|span| *span <= Self::LONGEST)
    }
}

impl From<Duration> for Span {
    /// Fractions of a millisecond are dropped.
    fn from(duration: Duration) -> Self {
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self { milliseconds }
    }
}

impl fmt::Display for Span {
    /// Writes the duration in the largest unit without a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.milliseconds == 0 {
            return f.write_str("0s");
        }
        let whole = UNITS
            .iter()
            .find(|(_, unit)| self.milliseconds.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(&("ms", 1));
        write!(f, "{}{name}", self.milliseconds / unit)
    }
}
