use std::time::Duration;

use nft_invoice_sandbox::{
    AttemptResult, DeliveryState, Sandbox, SinkAnswer, TestCard, WebhookSink,
};
use serde_json::Value;

use crate::client::{create, hosted, s2s, start};

/// What the sink got, with this plan, of one S2S invoice that is paid at once, after `after`: first the callback of
/// its creation, then that of its payment.
fn met(plan: &str, after: Duration) -> (Sandbox, WebhookSink) {
    let sink = WebhookSink::start().unwrap();
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.faults(plan).expect(plan));
    create(&sandbox, &s2s(TestCard::PAID.number()));
    sandbox.advance(after).wait().unwrap();
    (sandbox, sink)
}

fn words(sink: &WebhookSink) -> Vec<String> {
    let received = sink.received();
    let status = received.iter().map(|one| {
        let body: Value = serde_json::from_slice(&one.body).expect("a callback is JSON");
        body["status"].as_str().unwrap().replace("invoice:", "")
    });
    status.collect()
}

#[test]
fn when_and_how_often_it_comes() {
    let (now, second, hour) = (
        Duration::ZERO,
        Duration::from_secs(1),
        Duration::from_secs(3600),
    );
    for (plan, after, wanted) in [
        ("webhook[status=paid]->drop", hour, vec!["created"]),
        ("webhook[status=created]->drop", hour, vec!["paid"]),
        (
            "webhook[status=created]->dup(2)",
            now,
            vec!["created", "paid", "created", "created"],
        ),
        (
            "webhook[status=paid]->dup(1,1s)",
            now,
            vec!["created", "paid"],
        ),
        (
            "webhook[status=paid]->dup(1,1s)",
            second,
            vec!["created", "paid", "paid"],
        ),
        ("webhook[status=paid]->hold(1s)", now, vec!["created"]),
        (
            "webhook[status=paid]->hold(1s)",
            second,
            vec!["created", "paid"],
        ),
        ("webhook[status=created]->hold(1s)", now, vec![]),
        (
            "webhook[status=created]->hold(1s)",
            second,
            vec!["created", "paid"],
        ),
        (
            "webhook[status=created]->reorder(1)",
            now,
            vec!["paid", "created"],
        ),
        ("webhook[status=created]->reorder(2)", now, vec!["paid"]),
        (
            "webhook[status=created]->reorder(2)",
            hour,
            vec!["paid", "created"],
        ),
    ] {
        let (_sandbox, sink) = met(plan, after);
        assert_eq!(words(&sink), wanted, "{plan}, {after:?} later");
    }
}

#[test]
fn what_comes_is_changed_and_what_is_kept_is_not() {
    for (plan, signed, typed) in [
        ("webhook->badsig", Some(false), "application/json"),
        ("webhook->nosig", None, "application/json"),
        ("webhook->wrongtype", Some(true), "text/plain"),
        ("webhook->truncate(9)", Some(true), "application/json"),
        ("webhook->mutate(/amount=1)", Some(true), "application/json"),
    ] {
        let (sandbox, sink) = met(plan, Duration::ZERO);
        let (received, kept) = (&sink.received()[0], &sandbox.deliveries()[0]);
        let signature = received.header("x-signature");
        let as_kept = signature.map(|signature| signature == kept.signature());
        assert_eq!(as_kept, signed, "{plan}: the signature");
        assert_eq!(received.header("content-type"), Some(typed), "{plan}");
        let text = String::from_utf8_lossy(&received.body);
        match plan {
            "webhook->truncate(9)" => assert_eq!(text, r#"{"status""#),
            "webhook->mutate(/amount=1)" => assert!(text.contains(r#""amount":1,"#), "{text}"),
            _ => assert_eq!(received.body, kept.body(), "{plan}"),
        }
        assert!(kept.body().ends_with(b"}"), "{plan}: the kept body is cut");
    }
}

#[test]
fn a_dropped_callback_counts_as_taken_and_a_replay_brings_it() {
    let (sandbox, sink) = met("webhook[status=paid]->drop@n=1", Duration::ZERO);
    let paid = sandbox.deliveries()[1].clone();
    assert_eq!(paid.state(), DeliveryState::Delivered);
    assert_eq!(paid.attempts()[0].result(), &AttemptResult::Dropped);
    assert!(sandbox.replay(paid.id()));
    sandbox.advance(Duration::ZERO).wait().unwrap();
    assert_eq!(words(&sink), ["created", "paid"]);
}

#[test]
fn a_copy_changes_nothing_about_its_delivery() {
    let sink = WebhookSink::start().unwrap();
    sink.answer([SinkAnswer::Status(500), SinkAnswer::Status(200)]);
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.faults("webhook[attempt=1]->dup(1)").unwrap());
    create(&sandbox, &hosted());
    sandbox.advance(Duration::ZERO).wait().unwrap();
    assert_eq!(sink.received().len(), 2, "the attempt and its copy");
    assert_eq!(sandbox.deliveries()[0].state(), DeliveryState::Waiting);
    sandbox.advance(Duration::from_secs(5)).wait().unwrap();
    assert_eq!(sandbox.deliveries()[0].state(), DeliveryState::Delivered);
    assert_eq!(sink.received().len(), 3);
}
