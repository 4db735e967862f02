use std::time::Duration;

use nft_invoice_sandbox::{
    CallbackSink, InvoiceState, Outcome, Reason, Sandbox, SinkResponse, TestCard,
};
use serde_json::{Value, json};

use crate::client::{create, get, hosted, s2s, send, settle, start, with};
use crate::owner::{done, rejected, shown, shown_to_all};

#[test]
fn shows_secrets_only_with_the_token() {
    let sandbox = start(
        Sandbox::builder()
            .amount_limits("1", "5000")
            .assume("error-status", "400"),
    );
    let expected = json!({
        "base_url": sandbox.base_url(),
        "history_path": "/api/invoice/history/",
        "clock": { "now": "2025-01-01T00:00:00Z", "frozen": true },
        "callback_url": null, "retries": "standard", "callback_order": "fifo",
        "callback_hosts": [], "callback_ca_certificates": 0,
        "merchant_name": "Example Shop", "minimum": "1",
        "maximum": "5000",
        "wallet_active": true,
        "allowed_ips": null,
        "assumptions_switched": { "error-status": "400" },
    });
    assert_eq!(shown_to_all(&sandbox, "/config"), expected);
    let secrets = json!({ "api_keys": ["sandbox-key"], "callback_secrets": ["sandbox-secret"] });
    assert_eq!(shown(&sandbox, "/config"), with(expected, secrets));
}

#[test]
fn applies_changed_settings_immediately() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder());
    let change = |body: Value| done(&sandbox, "PATCH", "/config", &body);
    let code = |body: Value| create(&sandbox, &with(hosted(), body)).code();

    change(json!({ "minimum": "10", "maximum": "20" }));
    assert_eq!(
        [
            code(json!({ "amount": "9" })),
            code(json!({ "amount": "21" }))
        ],
        [50012, 50011]
    );
    change(json!({ "wallet_active": false }));
    assert_eq!(code(json!({})), 50008);
    change(json!({ "wallet_active": true, "allowed_ips": [] }));
    assert_eq!(code(json!({})), 50010);
    change(json!({ "allowed_ips": ["10.0.0.1"] }));
    assert_eq!(code(json!({})), 50006);
    change(json!({ "allowed_ips": null }));
    let config = change(json!({
        "callback_url": sink.url(), "callback_secret": "new", "retries": "5s,10m",
    }));
    assert_eq!(config["callback_url"], sink.url());
    assert_eq!(config["retries"], "5s,10m");
    assert_eq!(config["callback_secrets"], json!(["sandbox-secret", "new"]));
    assert_eq!(code(json!({})), 0);
    settle(&sandbox);
    assert_eq!(sink.received().len(), 1);
    change(json!({ "callback_url": null }));
    assert_eq!(code(json!({})), 0);
    settle(&sandbox);
    assert_eq!(
        sink.received().len(),
        1,
        "a callback was sent without a URL"
    );

    change(json!({ "api_keys": ["one", "two"] }));
    assert_eq!(code(json!({})), 50007);
    let two = [("API-KEY", "two")];
    let response = send(&sandbox, "GET", "/api/invoice/status/?id=1", &two, "");
    assert_eq!(
        response.code(),
        50011,
        "the second key is another merchant's"
    );
}

#[test]
fn rejects_the_whole_change_for_one_invalid_field() {
    let sandbox = start(Sandbox::builder());
    let before = shown(&sandbox, "/config");
    for (name, value) in [
        ("api_keys", json!([])),
        ("api_keys", json!(["hush", "hush"])),
        ("api_keys", json!(["hush hush"])),
        ("api_keys", json!("hush")),
        ("api_keys", json!([1])),
        ("merchant_name", json!(" ")),
        ("merchant_name", json!(["hush"])),
        ("callback_url", json!("http://shop.example/")),
        ("callback_url", json!("ftp://127.0.0.1/")),
        ("callback_url", json!(7)),
        ("callback_secret", json!("")),
        ("callback_secret", json!(["hush"])),
        ("retries", json!("sometimes")),
        ("callback_order", json!("sometimes")),
        ("allowed_ips", json!(["hush"])),
        ("allowed_ips", json!("127.0.0.1")),
        ("minimum", json!("-1")),
        ("minimum", json!(1)),
        ("minimum", json!("9999999")),
        ("maximum", json!("hush")),
        ("wallet_active", json!("yes")),
        ("clock", json!("hush")),
    ] {
        let mut body =
            json!({ "maximum": "100", "callback_secret": "other", "wallet_active": false });
        body[name] = value.clone();
        let error = rejected(&sandbox, "PATCH", "/config", &body, 400);
        let error = error["error"].as_str().unwrap();
        assert!(error.contains(name), "{name} {value}: {error}");
        assert!(!error.contains("hush"), "{error}");
        assert_eq!(shown(&sandbox, "/config"), before, "{name} {value}");
    }
}

#[test]
fn changes_the_order_of_callbacks_while_it_runs() {
    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(500)]);
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &s2s(TestCard::PAID.number));
    settle(&sandbox);
    let waits_for = || shown_to_all(&sandbox, "/deliveries")["deliveries"][0]["waits_for"].clone();
    assert_eq!((sink.received().len(), waits_for()), (1, json!(1)));

    let order = json!({ "callback_order": "unordered" });
    let config = done(&sandbox, "PATCH", "/config", &order);
    assert_eq!(config["callback_order"], "unordered");
    let switched = json!({ "callback-order": "unordered" });
    assert_eq!(config["assumptions_switched"], switched);
    let all = shown_to_all(&sandbox, "/assumptions");
    let rows = all.as_array().unwrap().iter();
    let row = rows.clone().find(|row| row["id"] == "callback-order");
    assert_eq!(row.unwrap()["set"], "unordered");
    settle(&sandbox);
    assert_eq!((sink.received().len(), waits_for()), (2, Value::Null));

    done(
        &sandbox,
        "PATCH",
        "/config",
        &json!({ "callback_order": "fifo" }),
    );
    let invoice = sandbox.invoices().only();
    invoice.move_to(InvoiceState::Withheld).unwrap();
    settle(&sandbox);
    assert_eq!((sink.received().len(), waits_for()), (2, json!(1)));
}

#[test]
fn queues_outcomes() {
    let sandbox = start(Sandbox::builder());
    let waiting = |outcomes: Value| json!({ "waiting": outcomes });
    assert_eq!(shown_to_all(&sandbox, "/outcomes"), waiting(json!([])));
    sandbox.next_outcome(Outcome::Decline(Reason::Funds));
    let after = done(
        &sandbox,
        "POST",
        "/outcomes",
        &json!({ "outcome": "3DS_LOST" }),
    );
    assert_eq!(after, waiting(json!(["FUNDS", "3DS_LOST"])));
    create(&sandbox, &hosted());
    sandbox
        .invoices()
        .only()
        .checkout()
        .pay(TestCard::PAID)
        .wait()
        .unwrap();
    assert_eq!(shown(&sandbox, "/outcomes"), waiting(json!(["3DS_LOST"])));
    assert_eq!(
        done(&sandbox, "DELETE", "/outcomes", &Value::Null),
        waiting(json!([]))
    );
    let error = rejected(
        &sandbox,
        "POST",
        "/outcomes",
        &json!({ "outcome": "paid" }),
        400,
    );
    assert!(
        error["error"].as_str().unwrap().contains("WITHHELD"),
        "{error}"
    );
    rejected(&sandbox, "POST", "/outcomes", &json!({}), 400);
}

#[test]
fn limits_the_events_in_the_response_to_an_advance() {
    let sandbox = start(Sandbox::builder());
    for _ in 0..50 {
        create(&sandbox, &hosted());
    }
    let short = done(&sandbox, "POST", "/clock/advance", &json!({ "by": "1d" }));
    assert_eq!(short["omitted"], 0, "{short}");
    for _ in 0..10_000 {
        create(&sandbox, &hosted());
    }
    let long = done(&sandbox, "POST", "/clock/advance", &json!({ "by": "20d" }));
    assert_eq!(long["happened"].as_array().unwrap().len(), 10_000);
    // The clock moves to three times.
    assert_eq!(long["omitted"], 53, "{}", long["omitted"]);
}

#[test]
fn responds_to_an_advance_when_everything_due_has_happened() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &hosted());
    let clock = shown_to_all(&sandbox, "/clock");
    assert_eq!(
        clock,
        json!({ "now": "2025-01-01T00:00:00Z", "frozen": true })
    );
    let moved = done(&sandbox, "POST", "/clock/advance", &json!({ "by": "14d" }));
    assert_eq!(moved["now"], "2025-01-15T00:00:00Z");
    assert_eq!(
        sink.received().len(),
        2,
        "it did not wait for the callbacks"
    );
    let happened = moved["happened"].as_array().unwrap();
    let has = |kind, text| {
        let is_meant = |event: &Value| event["event"] == kind && event["text"] == text;
        assert!(happened.iter().any(is_meant), "{moved}");
    };
    has("invoice", "invoice 1 EXPIRED");
    has(
        "callback",
        "callback 2 invoice:expired of invoice 1, attempt 1: HTTP 200",
    );
    for by in [
        json!("soon"),
        json!(5),
        json!("367d"),
        json!(null),
        json!(""),
        json!("5"),
        json!("s"),
        json!("1.5s"),
        json!("-1s"),
        json!("5 s"),
        json!("5x"),
        json!("99999999999999999999s"),
        json!("1é"),
    ] {
        let error = rejected(
            &sandbox,
            "POST",
            "/clock/advance",
            &json!({ "by": by }),
            400,
        );
        assert!(
            error["error"].as_str().unwrap().starts_with("by: "),
            "{error}"
        );
    }
    assert_eq!(sandbox.now().to_string(), "2025-01-15T00:00:00Z");
    let late = start(Sandbox::builder().clock_frozen_at("9999-06-01T00:00:00Z"));
    let error = rejected(
        &late,
        "POST",
        "/clock/advance",
        &json!({ "by": "366d" }),
        400,
    );
    assert!(error["error"].as_str().unwrap().contains("9999"), "{error}");
}

#[test]
fn counts_fault_matches_and_reports_the_position_of_an_error() {
    let sandbox = start(Sandbox::builder());
    let plan = json!({ "plan": "status -> error(50007) @ n=2\n# that is all" });
    let put = done(&sandbox, "PUT", "/faults", &plan);
    let rule = |matched: u64, fired: u64| json!({ "rules": [{ "text": "status->error(50007)@n=2", "matched": matched, "fired": fired }] });
    assert_eq!(put, rule(0, 0));
    for _ in 0..3 {
        get(&sandbox, "/api/invoice/status/?id=1");
    }
    assert_eq!(shown_to_all(&sandbox, "/faults"), rule(3, 1));
    let wrong = json!({ "plan": "status->reset\ncreate->explode" });
    let error = rejected(&sandbox, "PUT", "/faults", &wrong, 400);
    assert_eq!(
        (&error["line"], &error["column"]),
        (&json!(2), &json!(9)),
        "{error}"
    );
    assert_eq!(
        shown(&sandbox, "/faults"),
        rule(3, 1),
        "an invalid plan replaced the active one"
    );
    assert_eq!(
        done(&sandbox, "PUT", "/faults", &json!({ "plan": "" })),
        json!({ "rules": [] })
    );
    rejected(&sandbox, "PUT", "/faults", &json!({}), 400);
}

#[test]
fn lists_requests_cards_and_assumptions() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    sandbox.advance(Duration::from_secs(1)).wait().unwrap();
    let requests = shown_to_all(&sandbox, "/requests");
    let expected = json!({ "dropped": 0, "requests": [{
        "text": "POST create: HTTP 200, invoice 1", "route": "create", "method": "POST", "invoice": 1,
        "reference": null, "status": 200,
        "error_code": null, "body_error": null, "fault": null, "at": "2025-01-01T00:00:00Z",
    }] });
    assert_eq!(requests, expected);
    get(&sandbox, "/api/invoice/status/");
    let newest = &shown(&sandbox, "/requests")["requests"][0];
    assert_eq!(
        (&newest["error_code"], &newest["at"]),
        (&json!(50002), &json!("2025-01-01T00:00:01Z"))
    );

    let cards = shown_to_all(&sandbox, "/cards");
    assert_eq!(cards.as_array().unwrap().len(), TestCard::all().len());
    let first = json!({ "number": "4242424242424242", "brand": "visa", "description": "paid", "outcome": "PAID" });
    assert_eq!(cards[0], first);

    let strict = start(Sandbox::builder().assume("error-status", "400"));
    let rows = shown_to_all(&strict, "/assumptions");
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "error-status")
        .unwrap();
    assert_eq!(
        (&row["default"], &row["set"], &row["options"]),
        (&json!("200"), &json!("400"), &json!(["200", "400"]))
    );
    assert!(row["reason"].as_str().unwrap().len() > 20);
}
