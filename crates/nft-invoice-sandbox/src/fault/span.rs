use std::fmt;
use std::time::Duration;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;

/// A length of time as plans write it: `250ms`, `2s`, `10m`, `1h`, `3d`; up to 366 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
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
    pub(super) const LONGEST: Self = Self::from_milliseconds(366 * DAY);

    pub(super) const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    pub(super) const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    pub(super) const fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }

    /// Whole seconds, rounded up.
    pub(super) const fn seconds(self) -> u64 {
        self.milliseconds.div_ceil(1000)
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let text = cursor.run(|c| c.is_ascii_alphanumeric());
        Self::read(text)
            .filter(|span| *span <= Self::LONGEST)
            .ok_or_else(|| start.error("a duration of up to 366d: 250ms, 2s, 10m, 1h, 3d"))
    }

    /// One that is longer than nothing.
    pub(super) fn parse_positive(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        match Self::parse(cursor)? {
            Self { milliseconds: 0 } => Err(start.error("a duration above zero")),
            span => Ok(span),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (_, unit) = UNITS
            .iter()
            .find(|(name, _)| *name == &text[digits.len()..])?;
        let milliseconds = digits.parse::<u64>().ok()?.checked_mul(*unit)?;
        Some(Self { milliseconds })
    }
}

impl fmt::Display for Span {
    /// In the largest unit that leaves no rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.milliseconds == 0 {
            return f.write_str("0s");
        }
        let whole = UNITS
            .iter()
            .find(|(_, unit)| self.milliseconds.is_multiple_of(*unit));
        let (name, unit) = whole.expect("every span is a whole number of milliseconds");
        write!(f, "{}{name}", self.milliseconds / unit)
    }
}
