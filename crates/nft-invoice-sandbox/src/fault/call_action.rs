use std::fmt;

use crate::fault::FaultError;
use crate::fault::argument::{Argument, Number, Range, Span};
use crate::fault::cursor::Cursor;
use crate::fault::words::words;

words! {
    /// A fault of a call.
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum CallAction ("(" ")") {
        "delay" => Delay { time: Range<Span> },
        "status" => Status { code: Number<200, 599>, "," "retry-after" "=" retry_after: Option<Span> },
        "error" => Error { code: Number<1, 99_999> },
        "reset" => Reset,
        "empty" => Empty,
        "hang" => Hang,
        "truncate" => Truncate { length: Length },
        "garbage" => Garbage,
        "badjson" => BadJson,
        /// Bytes a second.
        "slow" => Slow { rate: Number<1, LARGEST>; "/" "s" },
        "limit" => Limit { most: Number<1, 10_000>, "/" within: Window },
    }
}

/// How much of a body is sent: `100` or `50%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Bytes(u32),
    Percent(u32),
}

/// A duration above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window(pub(super) Span);

/// More than any body the sandbox sends.
pub(super) const LARGEST: u32 = 1 << 30;

impl Argument for Length {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let number = cursor.number(0..=LARGEST)?;
        match (cursor.eat("%"), number) {
            (false, _) => Ok(Self::Bytes(number)),
            (true, 0..=100) => Ok(Self::Percent(number)),
            (true, _) => Err(start.error("a percentage from 0 to 100")),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Argument for Window {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        match Span::parse(cursor)? {
            span if span.milliseconds() == 0 => Err(start.error("a duration above zero")),
            span => Ok(Self(span)),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}
