use serde_json::Value;

use crate::fault::hook_effects::{HookEffects, Signature};

/// A callback request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookMessage {
    pub(crate) body: Vec<u8>,
    /// Hex digits.
    pub(crate) signature: Option<String>,
    pub(crate) content_type: &'static str,
}

impl HookEffects {
    /// Applies the faults. A changed body keeps the signature of the original one. It stays valid JSON with its fields in
    /// order, unless it is truncated.
    pub(crate) fn apply(&self, mut message: HookMessage) -> HookMessage {
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
    use crate::fault::Faults;

    fn effects(plan: &str) -> HookEffects {
        let now = Clock::default().now();
        let faults = Faults::new(plan.parse().expect(plan), 0, now);
        faults.strike_delivery(7, "invoice:paid", 2, now)
    }

    fn sent(plan: &str) -> HookMessage {
        effects(plan).apply(HookMessage {
            body: br#"{"id":"7","data":{"amount":15.40}}"#.to_vec(),
            signature: Some("00ff".to_owned()),
            content_type: "application/json",
        })
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
        let message = HookMessage {
            body: b"not JSON".to_vec(),
            signature: None,
            content_type: "application/json",
        };
        let plan = "callback->mutate(/a=1)+badsig";
        assert_eq!(effects(plan).apply(message.clone()), message);
    }
}
