use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fault::FaultError;
use crate::fault::cursor::{Cursor, LARGEST_BODY};

/// The actions on callbacks, in the order in which errors list them.
const ACTIONS: &[(&str, Action)] = &[
    ("drop", |effects, _| {
        effects.drop = true;
        Ok(())
    }),
    ("dup", |effects, cursor| {
        effects.duplicate = cursor.argument(|cursor| {
            let copies = cursor.number(1..=MOST_DELIVERIES)?;
            let apart = match cursor.eat(",") {
                true => cursor.span()?.duration(),
                false => Duration::ZERO,
            };
            Ok(Some((copies, apart)))
        })?;
        Ok(())
    }),
    ("hold", |effects, cursor| {
        effects.hold = Some(cursor.argument(Cursor::span)?.duration());
        Ok(())
    }),
    ("reorder", |effects, cursor| {
        let behind = cursor.argument(|cursor| cursor.number(1..=MOST_DELIVERIES))?;
        effects.reorder = Some(behind);
        Ok(())
    }),
    ("badsig", |effects, _| {
        effects.signature = Some(Signature::Bad);
        Ok(())
    }),
    ("nosig", |effects, _| {
        effects.signature = Some(Signature::None);
        Ok(())
    }),
    ("mutate", |effects, cursor| {
        effects.mutate.push(cursor.argument(mutation)?);
        Ok(())
    }),
    ("truncate", |effects, cursor| {
        let bytes = cursor.argument(|cursor| cursor.number(0..=LARGEST_BODY))?;
        effects.truncate = Some(bytes as usize);
        Ok(())
    }),
    ("wrongtype", |effects, _| {
        effects.wrong_type = true;
        Ok(())
    }),
];

/// Reads the argument of an action and sets its effect.
type Action = fn(&mut CallbackEffects, &mut Cursor<'_>) -> Result<(), FaultError>;

/// Enough to test a receiver without flooding it.
const MOST_DELIVERIES: u32 = 100;

/// The faults of one attempt to deliver a callback.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallbackEffects {
    /// Not sent, but counted as delivered.
    pub(crate) drop: bool,
    /// The number of additional copies, and the delay between them.
    pub(crate) duplicate: Option<(u32, Duration)>,
    /// The delay by the sandbox's clock.
    pub(crate) hold: Option<Duration>,
    /// The number of following deliveries that are sent first.
    pub(crate) reorder: Option<u32>,
    signature: Option<Signature>,
    /// JSON pointers and the new values.
    mutate: Vec<(String, Value)>,
    /// The number of bytes of the body to send.
    truncate: Option<usize>,
    wrong_type: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    /// One hex digit is wrong.
    Bad,
    None,
}

/// A callback request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallbackMessage {
    pub(crate) body: Vec<u8>,
    /// Hex digits.
    pub(crate) signature: Option<String>,
    pub(crate) content_type: &'static str,
}

impl CallbackEffects {
    /// Parses an action.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let (_, read) = cursor.choose("an action of callback", ACTIONS)?;
        let mut effects = Self::default();
        read(&mut effects, cursor)?;
        Ok(effects)
    }

    /// Adds the effects of a later action. The first action of a kind applies; all changes of the body apply.
    pub(super) fn add(&mut self, later: &Self) {
        self.drop |= later.drop;
        self.duplicate = self.duplicate.or(later.duplicate);
        self.hold = self.hold.or(later.hold);
        self.reorder = self.reorder.or(later.reorder);
        self.signature = self.signature.or(later.signature);
        self.mutate.extend_from_slice(&later.mutate);
        self.truncate = self.truncate.or(later.truncate);
        self.wrong_type |= later.wrong_type;
    }

    /// Applies the faults. A changed body keeps the signature of the original one. It stays valid JSON with its fields in
    /// order, unless it is truncated.
    pub(crate) fn apply(&self, mut message: CallbackMessage) -> CallbackMessage {
        if !self.mutate.is_empty() {
            mutate(&mut message.body, &self.mutate);
        }
        if let Some(length) = self.truncate {
            message.body.truncate(length);
        }
        message.signature = match self.signature {
            None => message.signature,
            Some(Signature::Bad) => message.signature.map(|signature| spoil(&signature)),
            Some(Signature::None) => None,
        };
        if self.wrong_type {
            message.content_type = "text/plain";
        }
        message
    }

    /// Whether the callback is sent later.
    pub(crate) const fn postpones(&self) -> bool {
        self.hold.is_some() || self.reorder.is_some()
    }
}

/// Reads a JSON pointer and a value, such as `/status="invoice:paid"`.
fn mutation(cursor: &mut Cursor<'_>) -> Result<(String, Value), FaultError> {
    if !cursor.eat("/") {
        return Err(cursor.error("a JSON pointer such as /status"));
    }
    let rest = cursor.rest();
    let pointer = match rest.find(['=', '\n']) {
        Some(end) if rest[end..].starts_with('=') => rest[..end].trim_end(),
        _ => return Err(cursor.error("a JSON pointer, then `=`")),
    };
    cursor.advance(pointer.len());
    *cursor.canonical() += pointer;
    cursor.expect("=")?;
    cursor.skip_space();
    let (json, value) = json(cursor.rest()).ok_or_else(|| cursor.error("a JSON value"))?;
    cursor.advance(json.len());
    // The JSON keeps its spelling, except for line breaks between tokens, because a plan is shown in one line.
    *cursor.canonical() += &json.replace(['\n', '\r'], " ");
    Ok((format!("/{pointer}"), value))
}

/// The JSON value at the start of `text`, and its spelling.
fn json(text: &str) -> Option<(&str, Value)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = <&RawValue>::deserialize(&mut reader).ok()?.get();
    // The deserializer above does not check the size of numbers or the nesting depth.
    Some((json, serde_json::from_str(json).ok()?))
}

/// Sets the value at each pointer. A missing field of an existing object is added; other pointers without a target are
/// ignored.
fn mutate(body: &mut Vec<u8>, changes: &[(String, Value)]) {
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    for (pointer, value) in changes {
        if let Some(place) = json.pointer_mut(pointer) {
            *place = value.clone();
            continue;
        }
        let Some((parent, member)) = pointer.rsplit_once('/') else {
            continue;
        };
        if let Some(Value::Object(members)) = json.pointer_mut(parent) {
            let member = member.replace("~1", "/").replace("~0", "~");
            members.insert(member, value.clone());
        }
    }
    *body = serde_json::to_vec(&json).expect("JSON that was read can be written");
}

/// An invalid signature of the same length and alphabet.
fn spoil(signature: &str) -> String {
    let mut spoilt = signature.to_owned();
    if let Some(last) = spoilt.pop() {
        spoilt.push(if last == '0' { '1' } else { '0' });
    }
    spoilt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_a_stored_body_that_is_not_json_unchanged() {
        let mut body = b"not JSON".to_vec();
        mutate(&mut body, &[("/a".to_owned(), Value::Null)]);
        assert_eq!(body, b"not JSON");
    }
}
