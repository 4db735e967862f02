use std::time::Duration;

use nft_invoice_sandbox::{
    AttemptResult, CallbackOrder, CallbackSink, CallbackUrlError, DeliveryState, InvoiceState,
    Outcome, Reason, RetryPolicy, Sandbox, SandboxBuilder, SinkResponse, StartError, TestCard,
    days,
};
use serde_json::{Value, json};

use crate::client::{create, create_text, hosted, s2s, settle, start, with};
use crate::owner::done;

/// A sandbox that sends its callbacks to the sink.
fn with_sink(builder: SandboxBuilder) -> (Sandbox, CallbackSink) {
    let sink = CallbackSink::start().unwrap();
    (start(builder.callback(sink.url())), sink)
}

/// The statuses of the received callbacks, in order.
pub fn statuses(sink: &CallbackSink) -> Vec<String> {
    let received = sink.received();
    let bodies = received
        .iter()
        .map(|one| -> Value { serde_json::from_slice(&one.body).unwrap() });
    bodies
        .map(|body| body["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn sends_the_merchants_data_with_a_signature_of_the_body() {
    let (sandbox, sink) = with_sink(Sandbox::builder().callback_secret("Jefe"));
    let body = r#"{"email":"a@b.example","amount":"15.40","devise":"USD","nftDescription":"A <cat>",
        "callbackJson":"{txId : qktr12eqzg, status : sfrt}"}"#;
    create_text(&sandbox, body);
    settle(&sandbox);
    let [received] = &sink.received()[..] else {
        panic!("one callback, not {:?}", sink.received());
    };
    let text = std::str::from_utf8(&received.body).unwrap();
    let expected = r#"{"status":"invoice:created","devise":"USD","amount":15.4,"id":1,"description":"A <cat>","callbackJson":"{txId : qktr12eqzg, status : sfrt}"}"#;
    assert_eq!(text, expected);
    assert_eq!(received.target, "/callback");
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(
        received
            .header("host")
            .map(|host| format!("http://{host}/callback")),
        Some(sink.url())
    );
    // openssl dgst -sha256 -hmac Jefe
    let signature = "cf1346c67f52351c1f8823be29dca7d7dac8bd0b1efb5cbf3dc8addf150fff92";
    assert_eq!(received.signature(), signature);
    let delivery = &sandbox.deliveries()[0];
    assert_eq!(
        (delivery.body(), delivery.signature()),
        (&*received.body, signature)
    );
    assert_eq!(delivery.state, DeliveryState::Delivered);
}

#[test]
fn sends_one_callback_for_each_transition_and_for_a_cancellation() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    create(&sandbox, &hosted());
    let checkout = sandbox.invoices().only().checkout();
    checkout.cancel().wait().unwrap();
    checkout.pay(TestCard::CHALLENGE).wait().unwrap();
    checkout.complete().wait().unwrap();
    create(&sandbox, &s2s("4000000000005423"));
    sandbox.advance(days(1)).wait().unwrap();
    let expected = [
        "created", "opened", "opened", "paid", "created", "paid", "withheld",
    ];
    assert_eq!(
        statuses(&sink),
        expected.map(|word| format!("invoice:{word}"))
    );
}

#[test]
fn sends_identical_requests_for_retries_and_replays() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    sink.next_responses([
        SinkResponse::Status(500),
        SinkResponse::Close,
        SinkResponse::Redirect(sink.url()),
    ]);
    create(&sandbox, &hosted());
    sandbox
        .advance(Duration::from_secs(5 + 300 + 1800))
        .wait()
        .unwrap();
    let delivery = sandbox.deliveries()[0].clone();
    let results: Vec<_> = delivery
        .attempts
        .iter()
        .map(|one| one.result.clone())
        .collect();
    let closed = AttemptResult::Failed("connection closed before a complete response".to_owned());
    let response = AttemptResult::Response;
    assert_eq!(
        results,
        [response(500), closed, response(302), response(200)]
    );

    assert_eq!(results[2].to_string(), "HTTP 302, redirect not followed");

    sandbox.rotate_callback_secret("another");
    assert!(sandbox.replay(delivery.id));
    assert!(!sandbox.replay(99), "there is no such delivery");
    settle(&sandbox);
    let received = sink.received();
    assert_eq!(
        received.len(),
        5,
        "a redirect was followed, or a replay was lost"
    );
    for one in &received {
        assert_eq!(one, &received[0]);
    }
    sandbox
        .invoices()
        .only()
        .checkout()
        .pay(TestCard::PAID)
        .wait()
        .unwrap();
    settle(&sandbox);
    assert_eq!(sandbox.callback_secrets(), ["sandbox-secret", "another"]);
    let last = sandbox.deliveries().last().unwrap().clone();
    let paid = sink.received().pop().unwrap();
    assert_eq!(
        (last.signature(), last.body()),
        (paid.signature(), &*paid.body)
    );
}

#[test]
fn respects_retry_after() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    let asked = |seconds| SinkResponse::RetryAfter(503, seconds);
    // Not before the policy's own delays of 5 s, 5 min and 30 min, and not later than after a day.
    sink.next_responses([1, 600, u64::MAX].map(asked));
    create(&sandbox, &hosted());
    for (sent, seconds) in [(1, 5), (2, 600), (3, 24 * 60 * 60)] {
        let before = Duration::from_secs(seconds - 1);
        sandbox.advance(before).wait().unwrap();
        assert_eq!(sink.received().len(), sent);
        sandbox.advance(Duration::from_secs(1)).wait().unwrap();
        assert_eq!(sink.received().len(), sent + 1);
    }
}

#[test]
fn gives_up_after_one_attempt_without_retries() {
    let gone = CallbackSink::start().unwrap().url();
    let sandbox = start(
        Sandbox::builder()
            .callback(gone)
            .callback_retries(RetryPolicy::none()),
    );
    create(&sandbox, &hosted());
    settle(&sandbox);
    let delivery = &sandbox.deliveries()[0];
    assert_eq!(delivery.state, DeliveryState::GivenUp);
    let rejected = AttemptResult::Failed("connection refused".to_owned());
    assert_eq!(delivery.attempts[0].result, rejected);
}

#[test]
fn sends_callbacks_in_the_configured_order() {
    for (order, expected) in [
        (CallbackOrder::Fifo, ["invoice:created", "invoice:paid"]),
        (CallbackOrder::Reverse, ["invoice:paid", "invoice:created"]),
    ] {
        let (sandbox, sink) = with_sink(Sandbox::builder().callback_order(order));
        create(&sandbox, &s2s(TestCard::PAID.number));
        settle(&sandbox);
        assert_eq!(statuses(&sink), expected, "{order}");
    }
}

#[test]
fn lets_callbacks_wait_only_for_those_of_the_same_invoice() {
    for (order, first) in [
        (CallbackOrder::Fifo, vec![1, 3]),
        (CallbackOrder::Unordered, vec![1, 2, 3]),
    ] {
        let (sandbox, sink) = with_sink(Sandbox::builder().callback_order(order));
        sink.default_response(SinkResponse::Status(500));
        create(&sandbox, &s2s(TestCard::PAID.number));
        create(&sandbox, &hosted());
        settle(&sandbox);
        let attempts = || {
            sandbox
                .deliveries()
                .iter()
                .map(|one| one.attempts.len())
                .collect::<Vec<_>>()
        };
        let tried = (1..).zip(attempts()).filter(|(_, attempts)| *attempts > 0);
        assert_eq!(
            tried.map(|(id, _)| id).collect::<Vec<_>>(),
            first,
            "{order}"
        );
        sink.default_response(SinkResponse::Status(200));
        sandbox.advance(Duration::from_secs(5)).wait().unwrap();
        let deliveries = sandbox.deliveries();
        assert!(
            deliveries
                .iter()
                .all(|one| one.state == DeliveryState::Delivered)
        );
    }
}

#[test]
fn replays_with_a_new_retry_count() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    sink.default_response(SinkResponse::Status(500));
    create(&sandbox, &hosted());
    let attempts_after = |seconds| {
        sandbox
            .advance(Duration::from_secs(seconds))
            .wait()
            .unwrap();
        sandbox.deliveries()[0].attempts.len()
    };
    assert_eq!([0, 5, 299].map(attempts_after), [1, 2, 2]);
    // Twice is once. Without a URL, nothing is sent in between.
    let url = |url: Value| {
        done(
            &sandbox,
            "PATCH",
            "/config",
            &json!({ "callback_url": url }),
        )
    };
    url(Value::Null);
    assert!(sandbox.replay(1) && sandbox.replay(1));
    url(sink.url().into());
    assert_eq!([0, 4, 1, 299, 1].map(attempts_after), [3, 3, 4, 4, 5]);
}

#[test]
fn shows_which_callback_a_blocked_one_waits_for() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    sink.next_responses([SinkResponse::Status(500)]);
    let mut activities = sandbox.subscribe();
    create(&sandbox, &s2s(TestCard::PAID.number));
    settle(&sandbox);
    let waits_for = || {
        sandbox
            .deliveries()
            .iter()
            .map(|delivery| delivery.waits_for)
            .collect::<Vec<_>>()
    };
    assert_eq!(waits_for(), [None, Some(1)]);
    let invoice = sandbox.invoices().only();
    invoice.move_to(InvoiceState::Withheld).unwrap();
    assert_eq!(waits_for(), [None, Some(1), Some(1)]);
    let lines = activities.try_iter().map(|one| one.to_string());
    let lines: Vec<_> = lines.filter(|line| line.contains("callback")).collect();
    let expected = [
        "callback 1 invoice:created of invoice 1, attempt 1: HTTP 500, next attempt in 5s",
        "callback 2 invoice:paid of invoice 1 waits for callback 1",
        "callback 3 invoice:withheld of invoice 1 waits for callback 1",
    ];
    assert_eq!(lines, expected);

    sandbox.advance(Duration::from_secs(5)).wait().unwrap();
    assert_eq!(waits_for(), [None; 3]);
    let lines = activities.try_iter().map(|one| one.to_string());
    assert!(lines.into_iter().all(|line| !line.contains("waits for")));
    assert_eq!(sink.received().len(), 4);
}

#[test]
fn prefers_the_queued_outcome_and_sends_its_callback() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (sandbox, sink) = with_sink(Sandbox::builder());
        sandbox.next_outcome(Outcome::Decline(Reason::Funds));
        create(&sandbox, &with(hosted(), json!({ "name": "SBX:PENDING" })));
        let status = sandbox
            .invoices()
            .only()
            .checkout()
            .pay(TestCard::PAID)
            .await
            .unwrap();
        assert_eq!(status.state.to_string(), "FAILED");
        let delivery = sandbox.wait_callback("invoice:failed").await.unwrap();
        assert_eq!(delivery.invoice, 1);
        assert_eq!(sink.received().last().unwrap().body, delivery.body());
    });
}

#[test]
fn sends_no_callbacks_without_a_url() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    settle(&sandbox);
    assert!(sandbox.deliveries().is_empty());
}

#[test]
fn rejects_callback_urls_on_other_machines_unless_allowed_by_name() {
    let start = |url: &str, allowed: &str| {
        let builder = Sandbox::builder().allow_callback_host(allowed);
        match builder.callback(url).start_blocking() {
            Ok(_) => Ok(()),
            Err(StartError::Callback(error)) => Err(error),
            Err(other) => panic!("{url}: {other}"),
        }
    };
    for (url, host) in [
        ("http://shop.example/", Some("shop.example")),
        (
            "http://127.0.0.1.shop.example/",
            Some("127.0.0.1.shop.example"),
        ),
        ("http://10.0.0.1/", Some("10.0.0.1")),
        ("http://0.0.0.0/", Some("0.0.0.0")),
        ("http://[::ffff:10.0.0.1]/", Some("::ffff:10.0.0.1")),
        ("http://localhost@shop.example/", None),
        ("ftp://localhost/", None),
        ("/callback", None),
        ("localhost:3000", None),
        ("http://127.0.0.1:65536/", None),
        ("", None),
    ] {
        let error = match host.map(ToOwned::to_owned) {
            Some(host) => CallbackUrlError::Remote { host },
            None => CallbackUrlError::Malformed,
        };
        assert_eq!(start(url, "other.example"), Err(error), "{url:?}");
    }
    for url in [
        "http://127.0.0.1:3000/hook?a=1",
        "http://localhost",
        "HTTP://LOCALHOST:1/",
        "http://[::1]:8080/x",
        "http://127.8.9.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://shop.example/hook",
    ] {
        assert_eq!(start(url, "Shop.example"), Ok(()), "{url}");
    }
    let https = start("https://localhost/", "");
    assert_eq!(https.is_ok(), cfg!(feature = "https"), "{https:?}");
}

#[test]
fn posts_to_the_path_and_the_query_of_the_url() {
    let sink = CallbackSink::start().unwrap();
    let url = sink.url();
    let (_, port) = url.trim_end_matches("/callback").rsplit_once(':').unwrap();
    for (host, rest, target) in [
        ("127.0.0.1", "/callback/a?b=1", "/callback/a?b=1"),
        ("127.0.0.1", "/a/#part", "/a/"),
        ("127.0.0.1", "", "/"),
        ("127.0.0.1", "/?b=1", "/?b=1"),
        ("127.0.0.1", "?b=1", "/?b=1"),
        ("127.0.0.1", "?b=/c?d#part", "/?b=/c?d"),
        ("127.0.0.1", "#part", "/"),
        ("localhost", "?b=1", "/?b=1"),
        ("[::ffff:127.0.0.1]", "?b=1", "/?b=1"),
    ] {
        let url = format!("http://{host}:{port}{rest}");
        let sandbox = start(Sandbox::builder().callback(&url).callback_secret(""));
        create(&sandbox, &hosted());
        settle(&sandbox);
        let received = sink.received().pop().unwrap();
        assert_eq!(received.target, target, "{url}");
        assert_eq!(received.signature().len(), 64, "an empty secret signs, too");
    }
}

#[test]
fn repeats_the_transcript_for_the_same_seed_only() {
    let transcript = |seed| {
        let builder = Sandbox::builder()
            .seed(seed)
            .callback_order(CallbackOrder::Unordered);
        let (sandbox, sink) = with_sink(builder);
        sink.default_response(SinkResponse::Status(500));
        for _ in 0..5 {
            create(&sandbox, &hosted());
            // An immediate callback would race with the next request.
            settle(&sandbox);
        }
        let happened = sandbox.advance(days(14)).wait().unwrap();
        let lines: Vec<_> = happened.iter().map(ToString::to_string).collect();
        (
            lines,
            sink.received()
                .iter()
                .map(|one| one.signature().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let first = transcript(7);
    assert!(
        first == transcript(7),
        "the same seed gives another transcript"
    );
    assert!(
        first.1 != transcript(8).1,
        "another seed gives the same order"
    );
}

#[test]
fn keeps_the_settings_after_a_reset() {
    let (sandbox, sink) = with_sink(Sandbox::builder());
    create(&sandbox, &hosted());
    sandbox.next_outcome(Outcome::Decline(Reason::Funds));
    sandbox.advance(days(1)).wait().unwrap();
    let (now, key) = (sandbox.now(), sandbox.api_key().to_owned());
    sandbox.reset().unwrap();
    assert!(sandbox.invoices().is_empty() && sandbox.deliveries().is_empty());
    assert!(sandbox.requests().is_empty());
    assert_eq!((sandbox.now(), sandbox.api_key()), (now, &*key));

    create(&sandbox, &s2s(TestCard::PAID.number));
    settle(&sandbox);
    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.id, 1);
    assert_eq!(
        invoice.state.to_string(),
        "PAID",
        "a queued outcome was left"
    );
    let delivery = &sandbox.deliveries()[0];
    assert_eq!(delivery.id, 1, "callbacks are numbered from 1 again");
    assert_eq!(sink.received().len(), 3);
}

#[test]
fn an_invoice_expires_before_a_callback_of_the_same_instant_is_sent() {
    let retries = RetryPolicy::custom([days(14)]);
    let (sandbox, sink) = with_sink(Sandbox::builder().callback_retries(retries));
    sink.next_responses([SinkResponse::Status(500)]);
    create(&sandbox, &hosted());
    settle(&sandbox);
    let happened = sandbox.advance(days(14)).wait().unwrap();
    let lines: Vec<_> = happened.iter().map(ToString::to_string).collect();
    let place = |text: &str| lines.iter().position(|line| line.contains(text));
    let (expired, sent) = (place("invoice 1 EXPIRED"), place("attempt 2"));
    assert!(expired.is_some() && expired < sent, "{lines:?}");
}
