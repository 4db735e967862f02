use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fault::action::Action;
use crate::fault::argument::Span;
use crate::fault::callback_action::CallbackAction;
use crate::fault::faults::Faults;
use crate::fault::occasion::Occasion;

/// The faults of one attempt to deliver a callback.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallbackEffects {
    /// Not sent, but counted as delivered.
    pub(crate) drop: bool,
    /// The number of additional copies.
    pub(crate) duplicates: u32,
    /// The delay between copies; `None` sends them immediately.
    pub(crate) duplicate_after: Option<Duration>,
    /// The delay by the sandbox's clock.
    pub(crate) hold: Option<Duration>,
    /// The number of following deliveries that are sent first.
    pub(crate) reorder: u32,
    pub(crate) signature: Signature,
    /// JSON pointers and the new values.
    pub(crate) mutate: Vec<(String, Value)>,
    /// The number of bytes of the body to send.
    pub(crate) truncate: Option<usize>,
    pub(crate) wrong_type: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signature {
    #[default]
    Keep,
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

impl Faults {
    /// For the `attempt`th, from 1, to deliver the callback of `invoice` that says `status`, such as `invoice:paid`.
    pub(crate) fn strike_delivery(
        &self,
        invoice: u64,
        status: &str,
        attempt: u64,
        now: Timestamp,
    ) -> CallbackEffects {
        if self.is_empty() {
            return CallbackEffects::default();
        }
        let occasion = Occasion::delivery(invoice, status, attempt);
        CallbackEffects::of(&self.strike(&occasion, now))
    }
}

impl CallbackEffects {
    /// The first action of a kind applies; all changes of the body apply.
    fn of(actions: &[Action]) -> Self {
        let mut effects = Self::default();
        for action in actions {
            let Action::Callback(action) = action else {
                continue;
            };
            match action {
                CallbackAction::Drop => effects.drop = true,
                CallbackAction::Duplicate { times, after } if effects.duplicates == 0 => {
                    effects.duplicates = times.0;
                    effects.duplicate_after = after.map(Span::duration);
                }
                CallbackAction::Duplicate { .. } => {}
                CallbackAction::Hold { time } => {
                    effects.hold.get_or_insert(time.duration());
                }
                CallbackAction::Reorder { behind } if effects.reorder == 0 => {
                    effects.reorder = behind.0
                }
                CallbackAction::Reorder { .. } => {}
                CallbackAction::BadSignature => effects.sign(Signature::Bad),
                CallbackAction::NoSignature => effects.sign(Signature::None),
                CallbackAction::Mutate { change } => {
                    let value = serde_json::from_str(&change.json)
                        .expect("the plan's JSON was read before");
                    effects.mutate.push((change.pointer.clone(), value));
                }
                CallbackAction::Truncate { bytes } => {
                    effects.truncate.get_or_insert(bytes.0 as usize);
                }
                CallbackAction::WrongType => effects.wrong_type = true,
            }
        }
        effects
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
            Signature::Keep => message.signature,
            Signature::Bad => message.signature.map(|signature| spoil(&signature)),
            Signature::None => None,
        };
        if self.wrong_type {
            message.content_type = "text/plain";
        }
        message
    }

    /// Whether the callback is sent later.
    pub(crate) const fn postpones(&self) -> bool {
        self.hold.is_some() || self.reorder > 0
    }

    fn sign(&mut self, signature: Signature) {
        if self.signature == Signature::Keep {
            self.signature = signature;
        }
    }
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

    fn effects(plan: &str) -> CallbackEffects {
        let now = Clock::default().now();
        let faults = Faults::new(plan.parse().expect(plan), 0, now);
        faults.strike_delivery(7, "invoice:paid", 2, now)
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
            ("dup(2)+dup(5,1s)", with(|e| e.duplicates = 2)),
            (
                "dup(2,5s)",
                with(|e| (e.duplicates, e.duplicate_after) = (2, FIVE_SECONDS)),
            ),
            ("hold(5s)+hold(1s)", with(|e| e.hold = FIVE_SECONDS)),
            ("reorder(3)+reorder(1)", with(|e| e.reorder = 3)),
            ("badsig+nosig", with(|e| e.signature = Signature::Bad)),
            ("nosig+badsig", with(|e| e.signature = Signature::None)),
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
