use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use nft_invoice_sandbox::{CallbackSink, DeliveryState, InvoiceState, Sandbox, SinkResponse};
use serde_json::{Value, json};

use crate::client::{address, create, hosted, page_of, settle, start, with};
use crate::owner::{SlowReceiver, done, rejected, respond, shown, shown_to_all};

#[test]
fn lists_callbacks_with_their_attempts() {
    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(500)]);
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(
        &sandbox,
        &with(
            hosted(),
            json!({ "callbackJson": "card 4242 4242 4242 4242" }),
        ),
    );
    create(&sandbox, &hosted());
    settle(&sandbox);
    let list = shown(&sandbox, "/deliveries?invoice=1");
    let first = &list["deliveries"][0];
    let expected = json!({
        "id": 1, "invoice": 1, "reference": null, "status": "invoice:created", "state": "waiting",
        "created_at": "2025-01-01T00:00:00Z", "due": "2025-01-01T00:00:05Z",
        "attempts": [{ "at": "2025-01-01T00:00:00Z", "result": "HTTP 500" }],
        "body": first["body"], "signature": sandbox.deliveries()[0].signature(),
        "waits_for": null,
    });
    assert_eq!((first, &list["dropped"]), (&expected, &json!(0)));
    let body = first["body"].as_str().unwrap();
    assert!(
        body.contains("\"card ******4242\"") && body.starts_with("{\"status\":\"invoice:created\""),
        "{body}"
    );
    let sent = String::from_utf8(sink.received()[0].body.clone()).unwrap();
    assert!(
        sent.contains("4242 4242 4242 4242"),
        "the sent callback is not masked: {sent}"
    );
    assert_eq!(
        shown_to_all(&sandbox, "/deliveries")["deliveries"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        shown_to_all(&sandbox, "/deliveries")["deliveries"][0]["signature"],
        Value::Null
    );
    assert_eq!(
        shown(&sandbox, "/deliveries?invoice=9")["deliveries"],
        json!([])
    );
}

#[test]
fn lists_callbacks_newest_first_in_pages() {
    let sandbox = start(Sandbox::builder().callback("http://127.0.0.1:1/"));
    for _ in 0..101 {
        create(&sandbox, &hosted());
    }
    let to = json!({ "to": "opened" });
    done(&sandbox, "POST", "/invoices/4/transitions", &to);
    for (query, total, page, ids) in [
        ("", 102, 1, (53..=102).rev().collect()),
        ("?page=3", 102, 3, vec![2, 1]),
        ("?page=4", 102, 4, vec![]),
        ("?invoice=4", 2, 1, vec![102, 4]),
        ("?invoice=4&page=2", 2, 2, vec![]),
    ] {
        let list = shown(&sandbox, &format!("/deliveries{query}"));
        let deliveries = list["deliveries"].as_array().unwrap();
        let shown: Vec<_> = deliveries
            .iter()
            .map(|one| one["id"].as_u64().unwrap())
            .collect();
        assert_eq!(
            (&list["total"], &list["page"], shown),
            (&json!(total), &json!(page), ids),
            "/deliveries{query}"
        );
    }
    for wrong in ["page=0", "page=x", "page=-1", "page=", "invoice=x"] {
        let path = format!("/deliveries?{wrong}");
        let error = rejected(&sandbox, "GET", &path, &Value::Null, 400);
        let name = wrong.split('=').next().unwrap();
        assert!(
            error["error"].as_str().unwrap().starts_with(name),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn replays_one_callback_a_range_or_the_failed_ones() {
    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(200), SinkResponse::Status(500)]);
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.callback_retries(nft_invoice_sandbox::RetryPolicy::none()));
    for _ in 0..3 {
        create(&sandbox, &hosted());
    }
    settle(&sandbox);
    let replayed = |path: &str, body: Value| {
        let before = sink.received().len();
        let said = done(&sandbox, "POST", path, &body)["replayed"]
            .as_u64()
            .unwrap();
        settle(&sandbox);
        assert_eq!(
            sink.received().len() - before,
            said as usize,
            "{path} {body}"
        );
        said
    };
    assert_eq!(
        replayed(
            "/deliveries/replay",
            json!({ "failed_since": "2025-01-01T00:00:01Z" })
        ),
        0
    );
    assert_eq!(
        replayed(
            "/deliveries/replay",
            json!({ "failed_since": "2025-01-01T00:00:00Z" })
        ),
        1
    );
    assert_eq!(sandbox.deliveries()[1].state, DeliveryState::Delivered);
    assert_eq!(
        replayed(
            "/deliveries/replay",
            json!({ "failed_since": "2025-01-01T00:00:00Z" })
        ),
        0
    );
    assert_eq!(replayed("/deliveries/1/replay", json!({})), 1);
    assert_eq!(
        replayed("/deliveries/replay", json!({ "from": 2, "to": u64::MAX })),
        2
    );
    assert_eq!(
        replayed("/deliveries/replay", json!({ "from": 3, "to": 2 })),
        0
    );
    let same = sink
        .received()
        .into_iter()
        .filter(|one| one == &sink.received()[0]);
    assert_eq!(same.count(), 2, "a replay is byte for byte the same");
    for (body, names) in [
        (json!({}), "from"),
        (json!({ "from": 1 }), "to"),
        (json!({ "from": "1", "to": 2 }), "from"),
        (json!({ "from": -1, "to": 2 }), "from"),
        (
            json!({ "from": 1, "to": 2, "failed_since": "2025-01-01T00:00:00Z" }),
            "failed_since",
        ),
        (
            json!({ "failed_since": "yesterday" }),
            "failed_since: expected a UTC time",
        ),
    ] {
        let error = rejected(&sandbox, "POST", "/deliveries/replay", &body, 400);
        assert!(
            error["error"].as_str().unwrap().starts_with(names),
            "{body}: {error}"
        );
    }
    for id in ["9", "x"] {
        rejected(
            &sandbox,
            "POST",
            &format!("/deliveries/{id}/replay"),
            &json!({}),
            404,
        );
    }
}

#[test]
fn does_not_replay_a_callback_that_is_being_sent() {
    let receiver = SlowReceiver::start();
    let sandbox = start(Sandbox::builder().callback(receiver.url()));
    create(&sandbox, &hosted());
    let callback = receiver.callback();
    rejected(&sandbox, "POST", "/deliveries/1/replay", &json!({}), 409);
    let many = done(
        &sandbox,
        "POST",
        "/deliveries/replay",
        &json!({ "from": 1, "to": 1 }),
    );
    assert_eq!(many, json!({ "replayed": 0 }));
    respond(callback, 200);
}

#[test]
fn starts_over_after_a_reset() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    let first = create(&sandbox, &hosted());
    create(&sandbox, &hosted());
    done(
        &sandbox,
        "POST",
        "/outcomes",
        &json!({ "outcome": "FUNDS" }),
    );
    done(&sandbox, "PATCH", "/config", &json!({ "minimum": "2" }));
    done(&sandbox, "POST", "/clock/advance", &json!({ "by": "1h" }));
    let mut activities = sandbox.subscribe();
    assert_eq!(done(&sandbox, "POST", "/reset", &json!({})), json!({}));
    assert_eq!(
        activities.try_iter().next().expect("an event").to_string(),
        "all data deleted; numbering restarts at 1"
    );
    let invoices = shown(&sandbox, "/invoices");
    assert_eq!(
        (&invoices["total"], &invoices["dropped"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(shown(&sandbox, "/deliveries")["deliveries"], json!([]));
    assert_eq!(shown(&sandbox, "/requests")["requests"], json!([]));
    assert_eq!(shown(&sandbox, "/outcomes")["waiting"], json!([]));
    let config = shown(&sandbox, "/config");
    assert_eq!(
        (&config["minimum"], &config["clock"]["now"]),
        (&json!("2"), &json!("2025-01-01T01:00:00Z"))
    );
    let again = create(&sandbox, &hosted());
    assert_eq!(
        page_of(&sandbox, &again),
        page_of(&sandbox, &first),
        "numbers and tokens start over"
    );
    done(&sandbox, "POST", "/clock/advance", &json!({ "by": "14d" }));
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Expired);
    assert_eq!(sandbox.deliveries().len(), 2);
}

#[test]
fn ignores_the_result_of_a_callback_sent_before_a_reset() {
    let receiver = SlowReceiver::start();
    let sandbox = start(Sandbox::builder().callback(receiver.url()));
    create(&sandbox, &hosted());
    let old = receiver.callback();
    done(&sandbox, "POST", "/reset", &json!({}));
    create(&sandbox, &hosted());
    let mut activities = sandbox.subscribe();
    respond(old, 200);
    // The new callback has the same number, and is sent all the same.
    respond(receiver.callback(), 500);
    assert_eq!(
        activities.next().expect("an event").to_string(),
        "callback 1 invoice:created of invoice 1, attempt 1: HTTP 500, next attempt in 5s"
    );
    let delivery = &sandbox.deliveries()[0];
    assert_eq!(
        (delivery.attempts.len(), delivery.state),
        (1, DeliveryState::Waiting)
    );
}

/// The lines of an event stream.
fn listen(sandbox: &Sandbox) -> impl Iterator<Item = String> + use<> {
    let mut socket = TcpStream::connect(address(sandbox)).unwrap();
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(30)))
        .unwrap();
    write!(
        socket,
        "GET /_sbx/api/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        address(sandbox),
        sandbox.admin_token()
    )
    .unwrap();
    let lines = BufReader::new(socket).lines();
    lines.map_while(Result::ok).filter(|line| {
        let data = ["event: ", "data: ", ": "];
        data.iter().any(|begin| line.starts_with(begin))
    })
}

#[test]
fn streams_events_until_the_sandbox_stops() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    let mut lines = listen(&sandbox);
    assert!(
        lines.next().unwrap().starts_with(": "),
        "a comment comes first"
    );
    create(&sandbox, &hosted());
    settle(&sandbox);
    done(&sandbox, "POST", "/reset", &json!({}));
    let mut seen = Vec::new();
    while !seen.iter().any(|(name, _)| name == "reset") {
        let name = lines.next().unwrap().replace("event: ", "");
        let data: Value =
            serde_json::from_str(&lines.next().unwrap().replace("data: ", "")).unwrap();
        seen.push((name, data));
    }
    let data = |wanted: &str| {
        let found = seen.iter().find(|(name, _)| name == wanted);
        &found.unwrap_or_else(|| panic!("no {wanted} in {seen:?}")).1
    };
    for event in ["request", "invoice", "callback"] {
        assert!(data(event)["at"].is_string(), "when was the {event}?");
    }
    assert_eq!(
        data("invoice")["text"],
        "invoice 1 CREATED (hosted, 15.40 USD)"
    );
    assert_eq!(data("invoice")["status"], "CREATED");
    assert_eq!(data("request")["text"], "POST create: HTTP 200, invoice 1");
    assert_eq!(data("clock")["at"], "2025-01-01T00:00:00Z");
    assert_eq!(data("callback")["status"], "invoice:created");
    sandbox.shutdown();
    assert_eq!(
        lines.next(),
        None,
        "it goes on after the sandbox has stopped"
    );
}

#[test]
fn frees_the_connections_of_disconnected_clients() {
    let sandbox = start(Sandbox::builder());
    // More than the connection limit.
    for _ in 0..300 {
        let mut lines = listen(&sandbox);
        assert!(
            lines.next().is_some(),
            "disconnected clients keep their connections"
        );
    }
}
