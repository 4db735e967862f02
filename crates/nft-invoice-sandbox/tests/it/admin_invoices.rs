use nft_invoice_sandbox::{CallbackSink, InvoiceState, Sandbox};
use serde_json::{Value, json};

use crate::client::{create, hosted, s2s, settle, start, with};
use crate::owner::{call, done, rejected, shown, shown_to_all};

/// A hosted invoice that was moved to `state` by allowed transitions.
fn at(state: InvoiceState) -> Sandbox {
    use InvoiceState::{AwaitingApproval, Chargeback, Created, Expired, Opened, Withheld};
    let path: &[InvoiceState] = match state {
        Created => &[],
        Opened => &[Opened],
        AwaitingApproval => &[Opened, AwaitingApproval],
        Chargeback | Withheld => &[Opened, InvoiceState::Paid, state],
        Expired => &[Expired],
        _ => &[Opened, state],
    };
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    for step in path {
        done(
            &sandbox,
            "POST",
            "/invoices/1/transitions",
            &json!({ "to": step.to_string() }),
        );
    }
    sandbox
}

fn words(value: &Value) -> Vec<String> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|word| word.as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn follows_the_state_table_unless_forced() {
    for from in InvoiceState::ALL {
        let sandbox = at(from);
        let allowed = words(&shown(&sandbox, "/invoices/1")["allowed"]);
        for to in InvoiceState::ALL {
            for route in ["transition", "trigger"] {
                let sandbox = at(from);
                let try_it = |force: bool| match route {
                    "transition" => call(
                        &sandbox,
                        "POST",
                        "/invoices/1/transitions",
                        &json!({ "to": to.to_string().to_lowercase(), "force": force }),
                    ),
                    _ => call(
                        &sandbox,
                        "POST",
                        "/trigger",
                        &json!({ "event": to.wire_name(), "invoice": 1, "force": force }),
                    ),
                };
                let pair = format!("{route} {from} -> {to}");
                let response = try_it(false);
                if allowed.contains(&to.to_string()) {
                    assert_eq!(response.status, 200, "{pair}: {}", response.body);
                    assert_eq!(response.json()["status"], to.to_string(), "{pair}");
                    continue;
                }
                assert_eq!(response.status, 409, "{pair}: {}", response.body);
                assert_eq!(response.json()["from"], from.to_string(), "{pair}");
                assert_eq!(words(&response.json()["allowed"]), allowed, "{pair}");
                let forced = try_it(true);
                let status = if to == InvoiceState::Created {
                    409
                } else {
                    200
                };
                assert_eq!(forced.status, status, "{pair} forced: {}", forced.body);
                let state = if status == 200 { to } else { from };
                assert_eq!(sandbox.invoices().only().state, state, "{pair} forced");
            }
        }
    }
}

#[test]
fn sends_one_callback_for_each_trigger() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &hosted());
    for (event, force) in [
        ("opened", false),
        ("paid", false),
        ("opened", true),
        ("opened", true),
    ] {
        let body = json!({ "event": format!("invoice:{event}"), "invoice": 1, "force": force });
        done(&sandbox, "POST", "/trigger", &body);
    }
    settle(&sandbox);
    let told = sink.received();
    let told = told
        .iter()
        .map(|one| -> Value { serde_json::from_slice(&one.body).unwrap() });
    let told: Vec<_> = told
        .map(|body| body["status"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["created", "opened", "paid", "opened", "opened"];
    assert_eq!(told, expected.map(|word| format!("invoice:{word}")));
}

#[test]
fn shows_an_invoice_with_its_events() {
    let sandbox = start(Sandbox::builder());
    create(
        &sandbox,
        &with(
            s2s("4000000000009995"),
            json!({ "callbackJson": { "order": 7 } }),
        ),
    );
    let invoice = shown(&sandbox, "/invoices/1");
    for (name, value) in [
        ("id", json!(1)),
        ("status", json!("FAILED")),
        ("mode", json!("s2s")),
        ("amount", json!("15.40")),
        ("currency", json!("USD")),
        ("email", json!("a@b.example")),
        ("merchant", json!(1)),
        ("created_at", json!("2025-01-01T00:00:00Z")),
        ("changed_at", json!("2025-01-01T00:00:00Z")),
        (
            "card",
            json!({ "brand": "visa", "masked": "400000******9995" }),
        ),
        ("reason", json!("FUNDS")),
        ("challenged", json!(false)),
        ("callback_json", json!("{\"order\":7}")),
        ("allowed", json!([])),
    ] {
        assert_eq!(invoice[name], value, "{name} of {invoice}");
    }
    let events = invoice["events"].as_array().unwrap();
    let texts: Vec<_> = events
        .iter()
        .map(|event| event["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "invoice 1 CREATED (S2S, 15.40 USD)",
            "invoice 1 FAILED (insufficient funds)"
        ]
    );
    assert_eq!(events[1]["status"], "FAILED");
    assert_eq!(events[1]["at"], "2025-01-01T00:00:00Z");
    let url = invoice["checkout_url"]
        .as_str()
        .expect("the owner sees the page's URL");
    assert!(url.starts_with(sandbox.base_url()), "{url}");
    assert_eq!(
        shown_to_all(&sandbox, "/invoices/1")["checkout_url"],
        Value::Null
    );
    for id in ["2", "0", "x", "-1", "99999999999999999999"] {
        rejected(
            &sandbox,
            "GET",
            &format!("/invoices/{id}"),
            &Value::Null,
            404,
        );
        rejected(
            &sandbox,
            "POST",
            &format!("/invoices/{id}/transitions"),
            &json!({ "to": "paid" }),
            404,
        );
        rejected(
            &sandbox,
            "POST",
            &format!("/invoices/{id}/checkout"),
            &json!({ "action": "pay" }),
            404,
        );
    }
    rejected(
        &sandbox,
        "POST",
        "/trigger",
        &json!({ "event": "invoice:paid", "invoice": 2 }),
        404,
    );
}

#[test]
fn lists_invoices_newest_first_by_status_in_pages() {
    let sandbox = start(Sandbox::builder().keep_invoices(103));
    for _ in 0..105 {
        create(&sandbox, &hosted());
    }
    done(
        &sandbox,
        "POST",
        "/invoices/4/transitions",
        &json!({ "to": "opened" }),
    );
    let ids = |path: &str| {
        let list = shown(&sandbox, path);
        let invoices = list["invoices"].as_array().unwrap();
        let ids: Vec<_> = invoices
            .iter()
            .map(|one| one["id"].as_u64().unwrap())
            .collect();
        (
            list["total"].as_u64().unwrap(),
            list["dropped"].as_u64().unwrap(),
            ids,
        )
    };
    assert_eq!(ids("/invoices"), (103, 2, (56..=105).rev().collect()));
    assert_eq!(ids("/invoices?page=3"), (103, 2, vec![5, 4, 3]));
    assert_eq!(ids("/invoices?page=4"), (103, 2, vec![]));
    assert_eq!(ids("/invoices?status=opened"), (1, 2, vec![4]));
    assert_eq!(ids("/invoices?status=PAID&page=1"), (0, 2, vec![]));
    for wrong in ["page=0", "page=x", "page=-1", "status=nonsense"] {
        let error = rejected(
            &sandbox,
            "GET",
            &format!("/invoices?{wrong}"),
            &Value::Null,
            400,
        );
        let name = wrong.split('=').next().unwrap();
        assert!(
            error["error"].as_str().unwrap().starts_with(name),
            "{error}"
        );
    }
}

#[test]
fn checks_out_without_a_browser() {
    let sandbox = start(Sandbox::builder());
    let mut id = 0;
    let mut press = |body: Value| {
        create(
            &sandbox,
            &with(
                hosted(),
                json!({ "success_url": "https://shop.example/thanks" }),
            ),
        );
        id += 1;
        done(&sandbox, "POST", &format!("/invoices/{id}/checkout"), &body)
    };
    for (body, state, challenged) in [
        (json!({ "action": "pay" }), "PAID", false),
        (
            json!({ "action": "pay", "card": "4000 0000 0000 9995" }),
            "FAILED",
            false,
        ),
        (
            json!({ "action": "pay", "card": "4000002760003184" }),
            "OPENED",
            true,
        ),
        (json!({ "action": "decline" }), "FAILED", false),
        (json!({ "action": "pending" }), "AWAITING_APPROVAL", false),
        (json!({ "action": "cancel" }), "OPENED", false),
    ] {
        let status = press(body.clone());
        assert_eq!(status["status"], state, "{body}");
        assert_eq!(status["challenged"], challenged, "{body}");
        assert!(status["url"].is_string(), "{status}");
    }
    let status = done(
        &sandbox,
        "POST",
        "/invoices/3/checkout",
        &json!({ "action": "complete" }),
    );
    assert_eq!(
        (&status["status"], &status["url"]),
        (&json!("PAID"), &json!("https://shop.example/thanks"))
    );
    let again = rejected(
        &sandbox,
        "POST",
        "/invoices/3/checkout",
        &json!({ "action": "pay" }),
        409,
    );
    assert_eq!(
        (&again["from"], &again["allowed"]),
        (&json!("PAID"), &json!(["CHARGEBACK", "WITHHELD"]))
    );
    for (body, names) in [
        (json!({ "action": "nonsense" }), "action"),
        (json!({}), "action"),
        (
            json!({ "action": "pay", "card": "4929420573595709" }),
            "card",
        ),
        (
            json!({ "action": "decline", "card": "4242424242424242" }),
            "card",
        ),
        (json!({ "action": 1 }), "action"),
    ] {
        let error = rejected(&sandbox, "POST", "/invoices/1/checkout", &body, 400);
        let error = error["error"].as_str().unwrap();
        assert!(
            error.starts_with(names) && !error.contains("4929"),
            "{error}"
        );
    }
}

#[test]
fn names_the_invalid_field() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    for (path, body, names) in [
        (
            "/invoices/1/transitions",
            json!({}),
            "to: this field is required",
        ),
        (
            "/invoices/1/transitions",
            json!({ "to": "nonsense" }),
            "to: expected a status",
        ),
        (
            "/invoices/1/transitions",
            json!({ "to": "paid", "force": "yes" }),
            "force: expected true",
        ),
        (
            "/trigger",
            json!({ "event": "invoice:paid" }),
            "invoice: this field is required",
        ),
        (
            "/trigger",
            json!({ "event": "invoice:paid", "invoice": "1" }),
            "invoice: expected a whole",
        ),
        (
            "/trigger",
            json!({ "event": "nonsense", "invoice": 1 }),
            "event: expected",
        ),
        (
            "/trigger",
            json!({ "event": "invoice:paid", "invoice": 1, "x": 1, "y": 2 }),
            "unknown field: x",
        ),
        (
            "/outcomes",
            json!({ "outcome": null }),
            "outcome: expected a string",
        ),
        (
            "/config",
            json!({ "api_keys": "x" }),
            "api_keys: expected an array of strings",
        ),
        (
            "/config",
            json!({ "api_keys": ["a", 7] }),
            "api_keys[1]: expected a string",
        ),
        (
            "/config",
            json!({ "wallet_active": "expected " }),
            "wallet_active: expected true or false",
        ),
        ("/config", json!([]), "the body must be a JSON object"),
    ] {
        let method = if path == "/config" { "PATCH" } else { "POST" };
        let error = rejected(&sandbox, method, path, &body, 400);
        assert!(
            error["error"].as_str().unwrap().starts_with(names),
            "{body}: {error}"
        );
    }
}
