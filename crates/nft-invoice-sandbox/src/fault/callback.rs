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
    use crate::clock::Clock;
    use crate::fault::{Faults, Occasion};

    fn effects(plan: &str) -> CallbackEffects {
        let now = Clock::default().now();
        let faults = Faults::new(plan.parse().expect(plan), 0, now);
        faults.strike_delivery(&Occasion::delivery(7, "invoice:paid", 2), now)
    }

    fn sent(plan: &str) -> CallbackMessage {
        effects(plan).apply(CallbackMessage {
            body: br#"{"id":"7","data":{"amount":15.40}}"#.to_vec(),
            signature: Some("00ff".to_owned()),
            content_type: "application/json",
        })
    }

    #[test]
    fn combines_actions_into_effects() {
        let with = |change: fn(&mut CallbackEffects)| {
            let mut effects = CallbackEffects::default();
            change(&mut effects);
            effects
        };
        const FIVE_SECONDS: Option<Duration> = Some(Duration::from_secs(5));
        for (actions, wanted) in [
            ("drop", with(|e| e.drop = true)),
            (
                "dup(2)+dup(5,1s)",
                with(|e| e.duplicate = Some((2, Duration::ZERO))),
            ),
            (
                "dup(2,5s)",
                with(|e| e.duplicate = FIVE_SECONDS.map(|apart| (2, apart))),
            ),
            ("hold(5s)+hold(1s)", with(|e| e.hold = FIVE_SECONDS)),
            ("reorder(3)+reorder(1)", with(|e| e.reorder = Some(3))),
            ("badsig+nosig", with(|e| e.signature = Some(Signature::Bad))),
            (
                "nosig+badsig",
                with(|e| e.signature = Some(Signature::None)),
            ),
            ("truncate(9)+truncate(1)", with(|e| e.truncate = Some(9))),
            ("wrongtype", with(|e| e.wrong_type = true)),
            (
                "mutate(/a=1)+mutate(/b=null)",
                with(|e| e.mutate = vec![("/a".into(), 1.into()), ("/b".into(), Value::Null)]),
            ),
        ] {
            let plan = format!("callback->{actions}");
            assert_eq!(effects(&plan), wanted, "{plan}");
        }
    }

    #[test]
    fn selects_deliveries_by_status_invoice_and_attempt() {
        for (selector, struck) in [
            ("", true),
            ("[status=paid]", true),
            ("[status=invoice:paid,id=7,attempt=2]", true),
            ("[status=failed]", false),
            ("[id=8]", false),
            ("[attempt=1]", false),
        ] {
            let plan = format!("callback{selector}->drop; api->reset");
            assert_eq!(effects(&plan).drop, struck, "{plan}");
        }
    }

    #[test]
    fn applies_every_fault_to_the_message() {
        let (whole, signed, json) = (
            r#"{"id":"7","data":{"amount":15.40}}"#,
            Some("00ff"),
            "application/json",
        );
        for (actions, body, signature, content_type) in [
            ("drop", whole, signed, json),
            ("badsig", whole, Some("00f0"), json),
            ("nosig", whole, None, json),
            ("wrongtype", whole, signed, "text/plain"),
            ("truncate(5)", &whole[..5], signed, json),
            ("truncate(0)", "", signed, json),
            ("truncate(99)", whole, signed, json),
            (
                "mutate(/data=[1])",
                r#"{"id":"7","data":[1]}"#,
                signed,
                json,
            ),
            (
                "mutate(/data/amount=2)",
                r#"{"id":"7","data":{"amount":2}}"#,
                signed,
                json,
            ),
            (
                "mutate(/data/a~1b=2)+mutate(/id=3)",
                r#"{"id":3,"data":{"amount":15.4,"a/b":2}}"#,
                signed,
                json,
            ),
            (
                "mutate(/id/x/y=2)",
                r#"{"id":"7","data":{"amount":15.4}}"#,
                signed,
                json,
            ),
            ("mutate(/id=1)+truncate(7)", r#"{"id":1"#, signed, json),
        ] {
            let message = sent(&format!("callback->{actions}"));
            let is = (
                std::str::from_utf8(&message.body).unwrap(),
                message.signature.as_deref(),
                message.content_type,
            );
            assert_eq!(is, (body, signature, content_type), "{actions}");
        }
        assert_eq!(spoil("0ab0"), "0ab1");
    }

    #[test]
    fn leaves_a_body_that_is_not_json_unchanged() {
        let message = CallbackMessage {
            body: b"not JSON".to_vec(),
            signature: None,
            content_type: "application/json",
        };
        let plan = "callback->mutate(/a=1)+badsig";
        assert_eq!(effects(plan).apply(message.clone()), message);
    }
}
