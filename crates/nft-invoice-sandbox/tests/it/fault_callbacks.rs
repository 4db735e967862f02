use std::time::Duration;

use nft_invoice_sandbox::{
    AttemptResult, CallbackSink, DeliveryState, Sandbox, SinkResponse, TestCard,
};
use serde_json::{Value, json};

use crate::client::{create, hosted, s2s, start, with};

/// The callbacks of one S2S invoice that is paid immediately, with this plan and after `after`. Without faults: the
/// creation, then the payment.
fn met(plan: &str, after: Duration) -> (Sandbox, CallbackSink) {
    let sink = CallbackSink::start().unwrap();
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.faults(plan).expect(plan));
    let order = json!({ "nftDescription": "A cat", "callbackJson": { "a": 1 } });
    create(&sandbox, &with(s2s(TestCard::PAID.number), order));
    sandbox.advance(after).wait().unwrap();
    (sandbox, sink)
}

fn words(sink: &CallbackSink) -> Vec<String> {
    let received = sink.received();
    let status = received.iter().map(|one| {
        let body: Value = serde_json::from_slice(&one.body).expect("a callback is JSON");
        body["status"].as_str().unwrap().replace("invoice:", "")
    });
    status.collect()
}

#[test]
fn drops_repeats_delays_and_reorders_callbacks() {
    let (now, second, hour) = (
        Duration::ZERO,
        Duration::from_secs(1),
        Duration::from_secs(3600),
    );
    for (plan, after, wanted) in [
        ("callback[status=paid]->drop", hour, vec!["created"]),
        ("callback[status=created]->drop", hour, vec!["paid"]),
        (
            "callback[status=invoice:paid,id=1,attempt=1]->drop",
            hour,
            vec!["created"],
        ),
        ("callback[id=2]->drop", hour, vec!["created", "paid"]),
        ("callback[attempt=2]->drop", hour, vec!["created", "paid"]),
        (
            "callback[status=created]->dup(2)+dup(9,1s)",
            now,
            vec!["created", "paid", "created", "created"],
        ),
        (
            "callback[status=paid]->dup(1,1s)",
            now,
            vec!["created", "paid"],
        ),
        (
            "callback[status=paid]->dup(1,1s)",
            second,
            vec!["created", "paid", "paid"],
        ),
        ("callback[status=paid]->hold(1s)", now, vec!["created"]),
        (
            "callback[status=paid]->hold(1s)",
            second,
            vec!["created", "paid"],
        ),
        ("callback[status=created]->hold(1s)+hold(1h)", now, vec![]),
        (
            "callback[status=created]->hold(1s)+hold(1h)",
            second,
            vec!["created", "paid"],
        ),
        (
            "callback[status=created]->hold(1s)",
            second,
            vec!["created", "paid"],
        ),
        (
            "callback[status=created]->reorder(1)",
            now,
            vec!["paid", "created"],
        ),
        (
            "callback[status=created]->reorder(2)+reorder(1)",
            now,
            vec!["paid"],
        ),
        (
            "callback[status=created]->reorder(2)",
            hour,
            vec!["paid", "created"],
        ),
    ] {
        let (_sandbox, sink) = met(plan, after);
        assert_eq!(words(&sink), wanted, "{plan}, {after:?} later");
    }
}

#[test]
fn changes_the_sent_callback_but_not_the_stored_one() {
    let (json, text) = ("application/json", "text/plain");
    for (actions, (part, instead), signed, typed) in [
        ("badsig", ("", ""), Some(false), json),
        ("badsig+nosig", ("", ""), Some(false), json),
        ("nosig+badsig", ("", ""), None, json),
        ("wrongtype", ("", ""), Some(true), text),
        (
            "mutate(/id=[1])",
            (r#""id":1"#, r#""id":[1]"#),
            Some(true),
            json,
        ),
        (
            "mutate(/callbackJson/a=2)",
            (r#"{"a":1}"#, r#"{"a":2}"#),
            Some(true),
            json,
        ),
        (
            "mutate(/callbackJson/a~1b=null)+mutate(/id=3)",
            (
                r#""id":1,"description":"A cat","callbackJson":{"a":1}"#,
                r#""id":3,"description":"A cat","callbackJson":{"a":1,"a/b":null}"#,
            ),
            Some(true),
            json,
        ),
        ("mutate(/id/x/y=2)", ("", ""), Some(true), json),
    ] {
        let (sandbox, sink) = met(&format!("callback->{actions}"), Duration::ZERO);
        let (received, kept) = (&sink.received()[0], &sandbox.deliveries()[0]);
        let signature = received.header("x-signature");
        let as_kept = signature.map(|signature| signature == kept.signature());
        assert_eq!(as_kept, signed, "{actions}: the signature");
        let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(signature.is_none_or(hex), "{actions}: {signature:?}");
        assert_eq!(received.header("content-type"), Some(typed), "{actions}");
        let body = String::from_utf8_lossy(kept.body());
        assert!(body.contains(part), "{part} is not in {body}");
        let expected = body.replacen(part, instead, 1);
        assert_eq!(
            String::from_utf8_lossy(&received.body),
            expected,
            "{actions}"
        );
    }
    for (actions, length) in [
        ("truncate(0)", 0),
        ("truncate(9)+truncate(1)", 9),
        ("mutate(/status=1)+truncate(12)", 12),
        ("truncate(9999)", usize::MAX),
    ] {
        let (sandbox, sink) = met(&format!("callback->{actions}"), Duration::ZERO);
        let (received, kept) = (&sink.received()[0].body, &sandbox.deliveries()[0]);
        let length = length.min(kept.body().len());
        assert_eq!(received.len(), length, "{actions}");
        let mutated = received.starts_with(br#"{"status":1,"#);
        let same = kept.body().starts_with(received);
        assert_eq!((same, mutated), (length != 12, length == 12), "{actions}");
    }
}

#[test]
fn treats_a_dropped_callback_as_delivered_until_it_is_replayed() {
    let (sandbox, sink) = met("callback[status=paid]->drop@n=1", Duration::ZERO);
    let paid = sandbox.deliveries()[1].clone();
    assert_eq!(paid.state, DeliveryState::Delivered);
    assert_eq!(paid.attempts[0].result, AttemptResult::Dropped);
    assert!(sandbox.replay(paid.id));
    sandbox.advance(Duration::ZERO).wait().unwrap();
    assert_eq!(words(&sink), ["created", "paid"]);
}

#[test]
fn does_not_count_a_duplicate_as_an_attempt() {
    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(500), SinkResponse::Status(200)]);
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.faults("callback[attempt=1]->dup(1)").unwrap());
    create(&sandbox, &hosted());
    sandbox.advance(Duration::ZERO).wait().unwrap();
    assert_eq!(sink.received().len(), 2, "the attempt and its copy");
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::Waiting);
    sandbox.advance(Duration::from_secs(5)).wait().unwrap();
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::Delivered);
    assert_eq!(sink.received().len(), 3);
}
