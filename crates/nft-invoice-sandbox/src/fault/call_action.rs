use std::fmt;

use axum::http::StatusCode;

use crate::fault::FaultError;
use crate::fault::argument::{Argument, Number, Span};
use crate::fault::cursor::Cursor;
use crate::fault::words::words;

words! {
    /// A fault of a call.
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum CallAction ("(" ")") {
        "delay" => Delay(time: DelayRange),
        "status" => Status(status: HttpStatus),
        "error" => Error(code: Number<1, 99_999>),
        "reset" => Reset,
        "empty" => Empty,
        "hang" => Hang,
        "truncate" => Truncate(length: Length),
        "garbage" => Garbage,
        "badjson" => BadJson,
        "slow" => Slow(rate: Rate),
        "limit" => Limit(limit: Limit),
    }
}

/// `2s` or `2s..5s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DelayRange {
    pub(super) from: Span,
    pub(super) to: Span,
}

/// `503` or `429,retry-after=30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpStatus {
    pub(super) code: StatusCode,
    pub(super) retry_after: Option<Span>,
}

/// How much of a body is sent: `100` or `50%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Bytes(u32),
    Percent(u32),
}

/// Bytes a second: `100/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate(pub(super) u32);

/// `5/10s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) most: usize,
    pub(super) within: Span,
}

/// More than any body the sandbox sends.
pub(super) const LARGEST: u32 = 1 << 30;
const MOST_CALLS: u32 = 10_000;

impl CallAction {
    /// Whether the action changes how a response is sent, so that the call always runs.
    pub(super) const fn needs_the_response(&self) -> bool {
        matches!(self, Self::Truncate(_) | Self::Slow(_))
    }
}

impl Argument for DelayRange {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let from = Span::parse(cursor)?;
        let expected = || format!("a duration of {from} or more");
        let to = cursor.after("..", |cursor| at_least(cursor, from, expected()))?;
        Ok(Self {
            from,
            to: to.unwrap_or(from),
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from == self.to {
            true => write!(f, "{}", self.from),
            false => write!(f, "{}..{}", self.from, self.to),
        }
    }
}

impl Argument for HttpStatus {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        // Lower statuses are not final, and higher ones are not valid.
        let code = cursor.number(200..=599)? as u16;
        let retry_after = cursor.after(",", |cursor| {
            cursor.expect("retry-after")?;
            cursor.expect("=")?;
            Span::parse(cursor)
        })?;
        Ok(Self {
            code: StatusCode::from_u16(code).expect("100 to 999 are status codes"),
            retry_after,
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match self.retry_after {
            Some(wait) => write!(f, ",retry-after={wait}"),
            None => Ok(()),
        }
    }
}

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

impl Argument for Rate {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let rate = cursor.number(1..=LARGEST)?;
        cursor.expect("/")?;
        cursor.expect("s")?;
        Ok(Self(rate))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

impl Argument for Limit {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let most = cursor.number(1..=MOST_CALLS)? as usize;
        cursor.expect("/")?;
        let shortest = Span::from_milliseconds(1);
        let within = at_least(cursor, shortest, "a duration above zero".to_owned())?;
        Ok(Self { most, within })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.most, self.within)
    }
}

fn at_least(cursor: &mut Cursor<'_>, least: Span, expected: String) -> Result<Span, FaultError> {
    let start = cursor.clone();
    match Span::parse(cursor)? {
        span if span >= least => Ok(span),
        _ => Err(start.error(expected)),
    }
}
