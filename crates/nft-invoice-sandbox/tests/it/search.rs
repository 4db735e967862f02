//! Finding invoices and requests, in Rust and through the admin API.

use nft_invoice_sandbox::{InvoiceState, RequestOutcome, Route, Sandbox};
use serde_json::{Value, json};

use crate::client::{create, create_text, get, hosted, page_of, press, send, start, with};
use crate::met::{create_request, meet};
use crate::owner::{rejected, shown, shown_to_all};

/// Creates an invoice with a reference, and returns its page.
pub fn sell(sandbox: &Sandbox, email: &str, reference: &str) -> String {
    let data = json!({ "nftInvoiceReference": reference, "cart": 7 });
    let fields = json!({ "email": email, "callbackJson": data.to_string() });
    page_of(sandbox, &create(sandbox, &with(hosted(), fields)))
}

/// A sandbox with three invoices, of which the second is paid, and their pages.
fn shop() -> (Sandbox, [String; 3]) {
    let sandbox = start(Sandbox::builder());
    let pages = [
        sell(&sandbox, "anna@b.example", "order-1"),
        sell(&sandbox, "Anna@B.example", "order-2"),
        sell(&sandbox, "ben@b.example", "order-2"),
    ];
    press(
        &sandbox,
        &pages[1],
        "pay",
        "&card_number=4242424242424242&card_expiry=12/2030",
    );
    (sandbox, pages)
}

fn token(page: &str) -> &str {
    page.rsplit('=').next().unwrap()
}

/// The numbers of the invoices in a list of the admin API.
#[track_caller]
fn listed(sandbox: &Sandbox, query: &str) -> Vec<u64> {
    let list = shown(sandbox, &format!("/invoices?{query}"));
    let invoices = list["invoices"].as_array().unwrap();
    assert_eq!(list["total"], invoices.len(), "{query}");
    invoices
        .iter()
        .map(|one| one["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn finds_invoices_by_reference_email_token_and_state() {
    let (sandbox, pages) = shop();
    let ids = |found: nft_invoice_sandbox::Invoices| -> Vec<u64> {
        found.iter().map(|invoice| invoice.id).collect()
    };
    let all = || sandbox.invoices();
    assert_eq!(all()[0].reference(), Some("order-1"));
    assert_eq!(ids(all().with_reference("order-2")), [2, 3]);
    assert_eq!(ids(all().with_reference("order")), [0_u64; 0]);
    assert_eq!(ids(all().with_email("anna@b.EXAMPLE")), [1, 2]);
    assert_eq!(ids(all().with_token(token(&pages[2]))), [3]);
    let link = format!("{}{}&lang=de", sandbox.base_url(), pages[2]);
    assert_eq!(ids(all().with_token(&link)), [3]);
    assert_eq!(ids(all().with_token("token=")), [0_u64; 0]);
    assert_eq!(ids(all().in_state(InvoiceState::Paid)), [2]);
    let paid = all().with_reference("order-2").with_email("anna@b.example");
    assert_eq!(paid.in_state(InvoiceState::Paid).only().id, 2);
}

#[test]
fn lists_invoices_by_reference_email_token_and_status() {
    let (sandbox, pages) = shop();
    let token = token(&pages[2]);
    for (query, ids) in [
        ("reference=order-2", vec![3, 2]),
        ("reference=order", vec![]),
        ("email=ANNA%40b.example", vec![2, 1]),
        (&format!("token={token}"), vec![3]),
        (&format!("token={}", "0".repeat(64)), vec![]),
        ("status=paid", vec![2]),
        ("status=invoice:paid", vec![2]),
        (
            "email=anna@b.example&reference=order-2&status=PAID",
            vec![2],
        ),
        ("email=ben@b.example&reference=order-1", vec![]),
        (&format!("token={token}&status=paid"), vec![]),
        ("reference=order-2&page=2", vec![]),
    ] {
        if query.contains("page=2") {
            assert_eq!(shown(&sandbox, &format!("/invoices?{query}"))["total"], 2);
            continue;
        }
        assert_eq!(listed(&sandbox, query), ids, "{query}");
    }
    let list = shown_to_all(&sandbox, &format!("/invoices?token={token}"));
    assert_eq!(list["invoices"][0]["reference"], "order-2");
    assert!(!list.to_string().contains(token), "{list}");
}

#[test]
fn rejects_unknown_parameters_and_values() {
    let (sandbox, pages) = shop();
    let token = token(&pages[2]);
    for (query, error) in [
        ("/invoices?status=nonsense", "status: expected a status"),
        ("/invoices?status=", "status: must not be empty"),
        ("/invoices?reference=%20", "reference: must not be empty"),
        (
            "/invoices?reference=a&reference=b",
            "reference: send this parameter only once",
        ),
        ("/invoices?token=abc", "token: expected the 64 hex digits"),
        (
            &format!("/invoices?token={token}0"),
            "token: expected the 64 hex digits",
        ),
        (
            &format!("/invoices?{token}"),
            "unknown parameter; expected reference, email, token, status and page",
        ),
        ("/invoices?state=paid", "unknown parameter; expected"),
        (
            "/requests?route=nonsense",
            "route: expected one of create, status, infos, history, checkout, other",
        ),
        (
            "/requests?outcome=nonsense",
            "outcome: expected `accepted`, `rejected`",
        ),
        (
            "/requests?outcome=0",
            "outcome: expected `accepted`, `rejected`",
        ),
        ("/requests?invoice=x", "invoice: expected an invoice number"),
        (
            "/requests?status=200",
            "unknown parameter; expected route, outcome and invoice",
        ),
        (
            "/deliveries?invoices=1",
            "unknown parameter; expected invoice and page",
        ),
    ] {
        let found = rejected(&sandbox, "GET", query, &Value::Null, 400);
        let found = found["error"].as_str().unwrap();
        assert!(found.starts_with(error), "{query}: {found}");
        assert!(!found.contains(token), "{query}: {found}");
    }
}

#[test]
fn reads_the_first_reference_of_an_object() {
    let sandbox = start(Sandbox::builder());
    let long = format!(r#"{{"nftInvoiceReference":"{}"}}"#, "x".repeat(65));
    for (json, reference) in [
        (
            r#"{"nftInvoiceReference":"order-7_f.3A"}"#,
            Some("order-7_f.3A"),
        ),
        (
            r#"{"cart":[1,{}],"nftInvoiceRef\u0065rence":"\u0061"}"#,
            Some("a"),
        ),
        (r#""{\"nftInvoiceReference\":\"a\"}""#, Some("a")),
        (r#""\u007b\"nftInvoiceReference\":\"a\"}""#, Some("a")),
        (
            r#"{"nftInvoiceReference":"a","nftInvoiceReference":"b"}"#,
            Some("a"),
        ),
        (r#"{"cart":{"nftInvoiceReference":"a"}}"#, None),
        (r#"{"reference":"a"}"#, None),
        (r#"{"nftInvoiceReference":7}"#, None),
        (r#"{"nftInvoiceReference":""}"#, None),
        (r#"{"nftInvoiceReference":"a b"}"#, None),
        (r#""\"{\\\"nftInvoiceReference\\\":\\\"a\\\"}\"""#, None),
        (r#""{nftInvoiceReference : a}""#, None),
        (r#""{txId : qktr12eqzg, status : sfrt}""#, None),
        (r#"["nftInvoiceReference"]"#, None),
        ("7", None),
        ("null", None),
        (&long, None),
    ] {
        let body = hosted().to_string();
        let fields = body.strip_suffix('}').unwrap();
        create_text(&sandbox, &format!("{fields},\"callbackJson\":{json}}}"));
        let invoices = sandbox.invoices();
        assert_eq!(invoices.last().unwrap().reference(), reference, "{json}");
    }
}

#[test]
fn masks_a_reference_that_looks_like_a_card_number_but_finds_it() {
    let sandbox = start(Sandbox::builder());
    let mut activity = sandbox.subscribe();
    sell(&sandbox, "a@b.example", "4242424242424242");
    assert_eq!(listed(&sandbox, "reference=4242424242424242"), [1]);
    let list = shown(&sandbox, "/invoices");
    assert_eq!(list["invoices"][0]["reference"], "******4242");
    let requests = sandbox.requests();
    let lines = activity
        .try_iter()
        .map(|one| one.to_string())
        .collect::<String>();
    let printed = format!("{list} {requests:?} {lines}");
    assert!(!printed.contains("4242424242424242"), "{printed}");
}

/// Requests with every outcome, for invoice 1, for invoice 2, whose response was lost, and for none.
fn busy() -> Sandbox {
    let sandbox = start(Sandbox::builder().add_merchant("other"));
    let page = sell(&sandbox, "a@b.example", "order-1");
    sandbox
        .set_faults("create->after.reset@n=1; infos->delay(1ms); history->status(503)")
        .unwrap();
    let data = json!({ "callbackJson": { "nftInvoiceReference": "order-2" } });
    meet(&sandbox, &create_request(&with(hosted(), data)));
    press(&sandbox, &page, "cancel", "");
    get(&sandbox, "/api/invoice/status/?id=2");
    send(
        &sandbox,
        "GET",
        "/api/invoice/status/?id=1",
        &[("API-KEY", "other")],
        "",
    );
    get(&sandbox, "/api/invoice/status/?id=9");
    get(&sandbox, "/api/client-invoice-info/get/?id=1");
    get(&sandbox, "/api/invoice/history/");
    create(&sandbox, &json!({}));
    get(&sandbox, "/nothing?id=1");
    sandbox
}

#[test]
fn links_requests_to_their_invoice() {
    let sandbox = busy();
    let lines: Vec<_> = sandbox.requests().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "POST create: HTTP 200, invoice 1, reference order-1",
            "POST create: no response (fault after.reset), invoice 2, reference order-2",
            "GET checkout: HTTP 200, invoice 1, reference order-1",
            "POST checkout: HTTP 303, invoice 1, reference order-1",
            "GET status: HTTP 200, invoice 2, reference order-2",
            // Another merchant's invoice, and none at all.
            "GET status: HTTP 200, error 50011, invoice 1, reference order-1",
            "GET status: HTTP 200, error 50011",
            "GET infos: HTTP 200 (fault delay(1ms)), invoice 1, reference order-1",
            "GET history: HTTP 503 (fault status(503))",
            "POST create: HTTP 200, error 50002",
            "GET unknown route: HTTP 404",
        ]
    );
    let lost = &sandbox.requests()[1];
    assert_eq!(
        (lost.invoice, lost.reference.as_deref()),
        (Some(2), Some("order-2"))
    );
    assert_eq!(sandbox.requests().for_invoice(2).len(), 2);
    let row = &shown(&sandbox, "/requests")["requests"][9];
    assert_eq!(
        (&row["invoice"], &row["reference"]),
        (&json!(2), &json!("order-2"))
    );
}

#[test]
fn filters_requests_by_call_outcome_and_invoice() {
    use RequestOutcome::{Accepted, Code, Fault, NoResponse, Rejected};
    let sandbox = busy();
    let count = |query: &str| {
        let list = shown(&sandbox, &format!("/requests?{query}"));
        list["requests"].as_array().unwrap().len()
    };
    for (outcome, name, expected) in [
        (Accepted, "accepted", 5),
        (Rejected, "rejected", 5),
        (NoResponse, "no-response", 1),
        (Fault, "fault", 3),
        (Code(50011), "50011", 2),
        (Code(50012), "50012", 0),
    ] {
        assert_eq!(
            sandbox.requests().with_outcome(outcome).len(),
            expected,
            "{name}"
        );
        assert_eq!(count(&format!("outcome={name}")), expected, "{name}");
        assert_eq!(
            (outcome.to_string(), name.parse()),
            (name.to_owned(), Ok(outcome))
        );
    }
    for (route, expected) in Route::ALL.into_iter().zip([3, 3, 1, 1, 2, 1]) {
        assert_eq!(sandbox.requests().to(route).len(), expected, "{route}");
        assert_eq!(
            count(&format!("route={}", route.as_str())),
            expected,
            "{route}"
        );
    }
    let rejected = sandbox.requests().to(Route::Status).with_outcome(Rejected);
    assert_eq!(rejected.for_invoice(1).len(), 1);
    assert_eq!(count("route=status&outcome=rejected&invoice=1"), 1);
    assert_eq!(count("invoice=9"), 0);
}
