//! When faults apply, and the state that they leave.

use std::io::ErrorKind;

use nft_invoice_sandbox::{InvoiceState, Sandbox};
use serde_json::json;

use crate::client::{
    HISTORY, INFOS, STATUS, create, get, hosted, open, page_of, press, s2s, send, start, with,
};
use crate::met::{S2S_CARD, create_request, meet, request, with_plan};

#[test]
fn changes_nothing_before_the_call_and_keeps_the_invoice_after_it() {
    for action in [
        "reset",
        "empty",
        "garbage",
        "badjson",
        "status(500)",
        "error(50008)",
    ] {
        for (scope, request, state) in [
            ("create", create_request(&hosted()), InvoiceState::Created),
            ("s2s", create_request(&s2s(S2S_CARD)), InvoiceState::Paid),
        ] {
            let faulty = |plan: &str| start(Sandbox::builder().faults(plan).unwrap());
            let sandbox = faulty(&format!("{scope}->{action}@n=1"));
            meet(&sandbox, &request);
            assert!(
                sandbox.invoices().is_empty(),
                "{scope}->{action} left an invoice"
            );

            let sandbox = faulty(&format!("{scope}->after.{action}@n=1"));
            meet(&sandbox, &request);
            let invoice = sandbox.invoices().only();
            assert_eq!(invoice.state, state, "{scope}->after.{action}");
        }
    }
}

#[test]
fn creates_exactly_one_invoice_when_the_response_is_lost() {
    let sandbox = start(
        Sandbox::builder()
            .faults("create->after.reset@n=1")
            .unwrap(),
    );
    let lost = meet(&sandbox, &create_request(&hosted()));
    assert_eq!(
        (lost.bytes.len(), lost.end),
        (0, Err(ErrorKind::ConnectionReset))
    );
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Created);

    assert_eq!(
        create(&sandbox, &hosted()).code(),
        0,
        "only the first is lost"
    );
    assert_eq!(sandbox.invoices().len(), 2);
    let rule = &sandbox.fault_rules()[0];
    assert_eq!(rule.text, "create->after.reset@n=1");
    assert_eq!((rule.matched, rule.fired), (2, 1));

    let requests = sandbox.requests();
    let lines: Vec<_> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "POST create: no response (fault after.reset), invoice 1",
            "POST create: HTTP 200, invoice 2"
        ]
    );
    assert_eq!(
        (requests[0].http_status, requests[0].fault.as_deref()),
        (None, Some("after.reset"))
    );
}

#[test]
fn returns_429_over_the_limit_and_creates_nothing() {
    let sandbox = with_plan("create->limit(2/90s)");
    for status in [200, 200, 429, 429] {
        let response = create(&sandbox, &hosted());
        assert_eq!(response.status, status);
        let wait = response.header("retry-after");
        assert_eq!(wait, (status == 429).then_some("90"), "the clock is frozen");
    }
    assert_eq!(sandbox.invoices().len(), 3);
}

#[test]
fn returns_an_injected_error_like_the_gateway() {
    for (scope, target, code, message) in [
        (
            "status",
            STATUS,
            50011,
            "this invoice belongs to another merchant",
        ),
        (
            "history",
            HISTORY,
            50012,
            "invalid order, must be ASC or DESC",
        ),
        ("infos", INFOS, 50099, "an error occurred"),
    ] {
        let strict = Sandbox::builder().assume("error-status", "400");
        for (builder, status) in [(Sandbox::builder(), 200), (strict, 400)] {
            let sandbox = start(builder.faults(format!("{scope}->error({code})")).unwrap());
            let response = get(&sandbox, target);
            assert_eq!(
                response.json(),
                json!({ "errorCode": code, "errorMessage": message })
            );
            assert_eq!(response.status, status, "{scope}");
            assert_eq!(sandbox.requests()[0].error_code, Some(code));
        }
    }
}

#[test]
fn matches_calls_by_their_values() {
    let sale = with(hosted(), json!({ "amount": "42.00" }));
    let (hosted, s2s) = (create_request(&sale), create_request(&s2s(S2S_CARD)));
    let read = |target: &str| request("GET", target, "");
    let other = |request: &str| request.replace("sandbox-key", "other");
    for (selector, request, struck) in [
        ("create[amount=42]", &hosted, true),
        ("create[amount=42.01]", &hosted, false),
        ("api[email=a@b.example,currency=USD]", &hosted, true),
        ("api[email=b@b.example]", &hosted, false),
        ("api[currency=EUR]", &hosted, false),
        ("create[mode=hosted]", &hosted, true),
        ("create[mode=s2s]", &hosted, false),
        ("create[mode=s2s]", &s2s, true),
        ("s2s", &hosted, false),
        ("create[key=1]", &hosted, true),
        ("create[key=2]", &hosted, false),
        ("create[key=2]", &other(&hosted), true),
        ("history[key=2]", &other(&read(HISTORY)), true),
        (
            "history[key=1]",
            &read(HISTORY).replace("sandbox-key", "unknown"),
            false,
        ),
        ("status[id=1]", &read("/api/invoice/status/?id=1"), true),
        ("status[id=2]", &read("/api/invoice/status/?id=1"), false),
        ("status[id=2]", &read("/api/invoice/status/?id=2"), false),
        (
            "infos[amount=15.40,mode=hosted]",
            &read("/api/client-invoice-info/get/?id=1"),
            true,
        ),
        (
            "infos[mode=s2s]",
            &read("/api/client-invoice-info/get/?id=1"),
            false,
        ),
        ("api", &read("/api/elsewhere/"), false),
    ] {
        let sandbox = start(Sandbox::builder().add_merchant("other"));
        create(&sandbox, &crate::client::hosted());
        sandbox
            .set_faults(format!("{selector}->status(599)"))
            .unwrap();
        let met = meet(&sandbox, request);
        assert_eq!(met.status() == Some(599), struck, "{selector} on {request}");
    }
}

#[test]
fn applies_faults_to_the_checkout_page() {
    let sandbox = start(Sandbox::builder());
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    let show = request("GET", &page, "");
    let state = || sandbox.invoices().only().state;

    sandbox
        .set_faults("checkout[id=1,key=1]->reset@n=1; checkout->after.reset@n=2")
        .unwrap();
    let style = send(&sandbox, "GET", "/widget/sale/style.css", &[], "");
    assert_eq!(style.status, 200, "the page's style sheet is left alone");
    assert_eq!(meet(&sandbox, &show).end, Err(ErrorKind::ConnectionReset));
    assert_eq!(state(), InvoiceState::Created);
    assert_eq!(meet(&sandbox, &show).end, Err(ErrorKind::ConnectionReset));
    assert_eq!(state(), InvoiceState::Opened);

    open(&sandbox, &page);
    sandbox
        .set_faults("checkout->after.status(502)@n=2")
        .unwrap();
    assert_eq!(press(&sandbox, &page, "decline", "").status, 502);
    assert_eq!(state(), InvoiceState::Failed, "the form did its work");
}

#[test]
fn replaces_the_plan_unless_the_new_one_is_invalid() {
    let sandbox = with_plan("status->status(503)");
    let target = "/api/invoice/status/?id=1";
    assert_eq!(get(&sandbox, target).status, 503);
    let error = sandbox
        .set_faults("status->status(503); nothing")
        .unwrap_err();
    assert_eq!(error.column, 22);
    assert_eq!(get(&sandbox, target).status, 503, "the active plan is kept");
    sandbox.set_faults("").unwrap();
    assert_eq!(get(&sandbox, target).status, 200);
    assert!(sandbox.fault_rules().is_empty());
    assert!(Sandbox::builder().faults("create->").is_err());
}

#[test]
fn applies_the_first_of_several_faults() {
    for (plan, status) in [
        ("status->status(501)+status(502)", 501),
        ("status->status(501); api->status(502)", 501),
        ("api->status(502); status->status(501)", 502),
        ("status->status(501)+after.status(502)", 502),
        (
            "status->delay(1ms)+status(501)+delay(1ms)+slow(1000000/s)",
            501,
        ),
    ] {
        assert_eq!(get(&with_plan(plan), STATUS).status, status, "{plan}");
    }
}

#[test]
fn fails_the_same_calls_for_the_same_seed() {
    let outcomes = |seed| {
        let plan = "status->status(503)@p=0.5";
        let sandbox = start(Sandbox::builder().seed(seed).faults(plan).unwrap());
        let calls = (0..40).map(|_| get(&sandbox, STATUS).status);
        calls.collect::<Vec<_>>()
    };
    assert_eq!(outcomes(7), outcomes(7));
    assert_ne!(outcomes(7), outcomes(8));
}
