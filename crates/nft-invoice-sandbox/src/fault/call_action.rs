use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::fault::scope::Scope;
use crate::fault::span::Span;

/// A fault of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallAction {
    Delay {
        from: Span,
        to: Span,
    },
    Status {
        code: u16,
        retry_after: Option<Span>,
    },
    Error(u32),
    Reset,
    Empty,
    Hang,
    Truncate(Length),
    Garbage,
    BadJson,
    /// Bytes a second.
    Slow(u32),
    Limit {
        most: usize,
        within: Span,
    },
}

/// How much of a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Bytes(u64),
    Percent(u64),
}

const WORDS: [&str; 11] = [
    "delay", "status", "error", "reset", "empty", "hang", "truncate", "garbage", "badjson", "slow",
    "limit",
];

/// More than any body the sandbox sends.
pub(super) const LARGEST: u64 = 1 << 30;
const MOST_CALLS: u64 = 10_000;

impl CallAction {
    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: Scope) -> Result<Self, FaultError> {
        let kind = format!("an action of {scope}, optionally with the prefix `after.`");
        Ok(match cursor.choose(&kind, &WORDS)? {
            "delay" => cursor.parenthesized(delay)?,
            "status" => cursor.parenthesized(status)?,
            "error" => Self::Error(cursor.parenthesized(|c| c.number(1..=99_999))? as u32),
            "reset" => Self::Reset,
            "empty" => Self::Empty,
            "hang" => Self::Hang,
            "truncate" => Self::Truncate(cursor.parenthesized(Length::parse)?),
            "garbage" => Self::Garbage,
            "badjson" => Self::BadJson,
            "slow" => cursor.parenthesized(slow)?,
            _ => cursor.parenthesized(limit)?,
        })
    }
}

fn delay(cursor: &mut Cursor<'_>) -> Result<CallAction, FaultError> {
    let from = Span::parse(cursor)?;
    if !cursor.eat("..") {
        return Ok(CallAction::Delay { from, to: from });
    }
    let start = cursor.clone();
    let to = Span::parse(cursor)?;
    match from <= to {
        true => Ok(CallAction::Delay { from, to }),
        false => Err(start.error(format!("a duration of {from} or more"))),
    }
}

fn status(cursor: &mut Cursor<'_>) -> Result<CallAction, FaultError> {
    // Lower statuses are not final, and higher ones are not valid.
    let code = cursor.number(200..=599)? as u16;
    let retry_after = match cursor.eat(",") {
        true => {
            cursor.expect("retry-after")?;
            cursor.expect("=")?;
            Some(Span::parse(cursor)?)
        }
        false => None,
    };
    Ok(CallAction::Status { code, retry_after })
}

fn slow(cursor: &mut Cursor<'_>) -> Result<CallAction, FaultError> {
    let rate = cursor.number(1..=LARGEST)? as u32;
    cursor.expect("/")?;
    cursor.expect("s")?;
    Ok(CallAction::Slow(rate))
}

fn limit(cursor: &mut Cursor<'_>) -> Result<CallAction, FaultError> {
    let most = cursor.number(1..=MOST_CALLS)? as usize;
    cursor.expect("/")?;
    let within = Span::parse_positive(cursor)?;
    Ok(CallAction::Limit { most, within })
}

impl Length {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let number = cursor.number(0..=LARGEST)?;
        match (cursor.eat("%"), number) {
            (false, _) => Ok(Self::Bytes(number)),
            (true, 0..=100) => Ok(Self::Percent(number)),
            (true, _) => Err(start.error("a percentage from 0 to 100")),
        }
    }
}

impl fmt::Display for CallAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay { from, to } if from == to => write!(f, "delay({from})"),
            Self::Delay { from, to } => write!(f, "delay({from}..{to})"),
            Self::Status {
                code,
                retry_after: None,
            } => write!(f, "status({code})"),
            Self::Status {
                code,
                retry_after: Some(wait),
            } => {
                write!(f, "status({code},retry-after={wait})")
            }
            Self::Error(code) => write!(f, "error({code})"),
            Self::Reset => f.write_str("reset"),
            Self::Empty => f.write_str("empty"),
            Self::Hang => f.write_str("hang"),
            Self::Truncate(Length::Bytes(bytes)) => write!(f, "truncate({bytes})"),
            Self::Truncate(Length::Percent(percent)) => write!(f, "truncate({percent}%)"),
            Self::Garbage => f.write_str("garbage"),
            Self::BadJson => f.write_str("badjson"),
            Self::Slow(rate) => write!(f, "slow({rate}/s)"),
            Self::Limit { most, within } => write!(f, "limit({most}/{within})"),
        }
    }
}
