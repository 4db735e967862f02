use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fault::FaultError;
use crate::fault::call_action::LARGEST;
use crate::fault::cursor::Cursor;
use crate::fault::span::Span;

/// A fault of a callback delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HookAction {
    Drop,
    Duplicate {
        times: u32,
        after: Option<Span>,
    },
    Hold(Span),
    /// Sent after this many of the following deliveries.
    Reorder(u32),
    BadSignature,
    NoSignature,
    /// The JSON keeps its spelling, so that a plan reads back unchanged.
    Mutate {
        pointer: String,
        json: String,
    },
    Truncate(u64),
    WrongType,
}

const WORDS: [&str; 9] = [
    "drop",
    "dup",
    "hold",
    "reorder",
    "badsig",
    "nosig",
    "mutate",
    "truncate",
    "wrongtype",
];

/// Enough to test a receiver without flooding it.
const MOST_DELIVERIES: u64 = 100;

impl HookAction {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        Ok(match cursor.choose("an action of callback", &WORDS)? {
            "drop" => Self::Drop,
            "dup" => cursor.parenthesized(duplicate)?,
            "hold" => Self::Hold(cursor.parenthesized(Span::parse)?),
            "reorder" => {
                Self::Reorder(cursor.parenthesized(|c| c.number(1..=MOST_DELIVERIES))? as u32)
            }
            "badsig" => Self::BadSignature,
            "nosig" => Self::NoSignature,
            "mutate" => cursor.parenthesized(mutate)?,
            "truncate" => Self::Truncate(cursor.parenthesized(|c| c.number(0..=LARGEST))?),
            _ => Self::WrongType,
        })
    }
}

fn duplicate(cursor: &mut Cursor<'_>) -> Result<HookAction, FaultError> {
    let times = cursor.number(1..=MOST_DELIVERIES)? as u32;
    let after = match cursor.eat(",") {
        true => Some(Span::parse(cursor)?),
        false => None,
    };
    Ok(HookAction::Duplicate { times, after })
}

fn mutate(cursor: &mut Cursor<'_>) -> Result<HookAction, FaultError> {
    if !cursor.eat("/") {
        return Err(cursor.error("a JSON pointer such as /status"));
    }
    let rest = cursor.rest();
    let pointer = match rest.find(['=', '\n']) {
        Some(end) if rest[end..].starts_with('=') => rest[..end].trim_end(),
        _ => return Err(cursor.error("a JSON pointer, then `=`")),
    };
    cursor.advance(pointer.len());
    cursor.expect("=")?;
    cursor.skip();
    let json = json(cursor.rest()).ok_or_else(|| cursor.error("a JSON value"))?;
    cursor.advance(json.len());
    Ok(HookAction::Mutate {
        pointer: format!("/{pointer}"),
        // Line breaks between JSON tokens become spaces, because a plan is shown in one line.
        json: json.replace(['\n', '\r'], " "),
    })
}

/// The JSON value at the start of `text`.
fn json(text: &str) -> Option<&str> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = <&RawValue>::deserialize(&mut reader).ok()?.get();
    // The deserializer above does not check the size of numbers or the nesting depth.
    serde_json::from_str::<Value>(value).ok()?;
    Some(value)
}

impl fmt::Display for HookAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::Duplicate { times, after: None } => write!(f, "dup({times})"),
            Self::Duplicate {
                times,
                after: Some(wait),
            } => write!(f, "dup({times},{wait})"),
            Self::Hold(time) => write!(f, "hold({time})"),
            Self::Reorder(behind) => write!(f, "reorder({behind})"),
            Self::BadSignature => f.write_str("badsig"),
            Self::NoSignature => f.write_str("nosig"),
            Self::Mutate { pointer, json } => write!(f, "mutate({pointer}={json})"),
            Self::Truncate(bytes) => write!(f, "truncate({bytes})"),
            Self::WrongType => f.write_str("wrongtype"),
        }
    }
}
