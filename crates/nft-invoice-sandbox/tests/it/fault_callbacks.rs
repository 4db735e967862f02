use std::time::Duration;

use nft_invoice_sandbox::{
    AttemptResult, CallbackSink, DeliveryState, Sandbox, SinkResponse, TestCard,
};
use serde_json::Value;

use crate::client::{create, hosted, s2s, start};

/// The callbacks of one S2S invoice that is paid immediately, with this plan and after `after`. Without faults: the
/// creation, then the payment.
fn met(plan: &str, after: Duration) -> (Sandbox, CallbackSink) {
    let sink = CallbackSink::start().unwrap();
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.faults(plan).expect(plan));
    create(&sandbox, &s2s(TestCard::PAID.number()));
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
            "callback[status=created]->dup(2)",
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
        ("callback[status=created]->hold(1s)", now, vec![]),
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
        ("callback[status=created]->reorder(2)", now, vec!["paid"]),
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
    for (plan, signed, typed) in [
        ("callback->badsig", Some(false), "application/json"),
        ("callback->nosig", None, "application/json"),
        ("callback->wrongtype", Some(true), "text/plain"),
        ("callback->truncate(9)", Some(true), "application/json"),
        (
            "callback->mutate(/amount=1)",
            Some(true),
            "application/json",
        ),
    ] {
        let (sandbox, sink) = met(plan, Duration::ZERO);
        let (received, kept) = (&sink.received()[0], &sandbox.deliveries()[0]);
        let signature = received.header("x-signature");
        let as_kept = signature.map(|signature| signature == kept.signature());
        assert_eq!(as_kept, signed, "{plan}: the signature");
        assert_eq!(received.header("content-type"), Some(typed), "{plan}");
        let text = String::from_utf8_lossy(&received.body);
        match plan {
            "callback->truncate(9)" => assert_eq!(text, r#"{"status""#),
            "callback->mutate(/amount=1)" => assert!(text.contains(r#""amount":1,"#), "{text}"),
            _ => assert_eq!(received.body, kept.body(), "{plan}"),
        }
        assert!(kept.body().ends_with(b"}"), "{plan}: the kept body is cut");
    }
}

#[test]
fn treats_a_dropped_callback_as_delivered_until_it_is_replayed() {
    let (sandbox, sink) = met("callback[status=paid]->drop@n=1", Duration::ZERO);
    let paid = sandbox.deliveries()[1].clone();
    assert_eq!(paid.state(), DeliveryState::Delivered);
    assert_eq!(paid.attempts()[0].result(), &AttemptResult::Dropped);
    assert!(sandbox.replay(paid.id()));
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
    assert_eq!(sandbox.deliveries()[0].state(), DeliveryState::Waiting);
    sandbox.advance(Duration::from_secs(5)).wait().unwrap();
    assert_eq!(sandbox.deliveries()[0].state(), DeliveryState::Delivered);
    assert_eq!(sink.received().len(), 3);
}
