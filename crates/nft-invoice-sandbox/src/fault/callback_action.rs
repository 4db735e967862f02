use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fault::FaultError;
use crate::fault::argument::{Argument, Number, Span};
use crate::fault::call_action::LARGEST;
use crate::fault::cursor::Cursor;
use crate::fault::words::words;

words! {
    /// A fault of a callback delivery.
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum CallbackAction ("(" ")") {
        "drop" => Drop,
        "dup" => Duplicate { times: Number<1, MOST_DELIVERIES>, "," after: Option<Span> },
        "hold" => Hold { time: Span },
        /// Sent after this many of the following deliveries.
        "reorder" => Reorder { behind: Number<1, MOST_DELIVERIES> },
        "badsig" => BadSignature,
        "nosig" => NoSignature,
        "mutate" => Mutate { change: Mutation },
        "truncate" => Truncate { bytes: Number<0, LARGEST> },
        "wrongtype" => WrongType,
    }
}

/// `/status="invoice:paid"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mutation {
    pub(super) pointer: String,
    /// The JSON keeps its spelling, so that a plan reads back unchanged.
    pub(super) json: String,
}

/// Enough to test a receiver without flooding it.
const MOST_DELIVERIES: u32 = 100;

impl Argument for Mutation {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
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
        Ok(Self {
            pointer: format!("/{pointer}"),
            // Line breaks between JSON tokens become spaces, because a plan is shown in one line.
            json: json.replace(['\n', '\r'], " "),
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.pointer, self.json)
    }
}

/// The JSON value at the start of `text`.
fn json(text: &str) -> Option<&str> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = <&RawValue>::deserialize(&mut reader).ok()?.get();
    // The deserializer above does not check the size of numbers or the nesting depth.
    serde_json::from_str::<Value>(value).ok()?;
    Some(value)
}
