use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nft_invoice_sandbox::{
    Activity, CallbackSink, InvoiceState, Sandbox, SinkResponse, TestCard, days,
};
use serde_json::json;

use crate::client::{STATUS, create, get, hosted, s2s, start, with};

fn lines(activities: &[Activity]) -> Vec<String> {
    activities.iter().map(ToString::to_string).collect()
}

#[test]
fn stays_frozen_until_advanced() {
    let sandbox = start(Sandbox::builder());
    assert_eq!(sandbox.now().to_string(), "2025-01-01T00:00:00Z");
    sandbox.advance(days(14)).wait().unwrap();
    assert_eq!(sandbox.now().to_string(), "2025-01-15T00:00:00Z");
    let error = sandbox.advance(Duration::MAX).wait().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the clock cannot be advanced beyond the year 9999"
    );
    assert_eq!(
        sandbox.now().to_string(),
        "2025-01-15T00:00:00Z",
        "a rejected advance moved the clock"
    );
}

#[test]
fn expires_an_invoice_at_the_exact_second() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    let nearly = days(14) - Duration::from_secs(1);
    sandbox.advance(nearly).wait().unwrap();
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Created);
    let events = sandbox.advance(Duration::from_secs(1)).wait().unwrap();
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Expired);
    let expected = ["clock moved to 2025-01-15T00:00:00Z", "invoice 1 EXPIRED"];
    assert_eq!(lines(&events)[..2], expected);
}

#[test]
fn applies_delayed_card_outcomes_on_time() {
    for (number, wait, before, after) in [
        (
            "4000000000009235",
            60,
            InvoiceState::AwaitingApproval,
            InvoiceState::Paid,
        ),
        (
            "4000000000005423",
            3600,
            InvoiceState::Paid,
            InvoiceState::Withheld,
        ),
        (
            "4000000000000259",
            24 * 3600,
            InvoiceState::Paid,
            InvoiceState::Chargeback,
        ),
        (
            "4023898493988028",
            24 * 3600,
            InvoiceState::Paid,
            InvoiceState::Chargeback,
        ),
    ] {
        let sandbox = start(Sandbox::builder());
        create(&sandbox, &s2s(number));
        sandbox
            .advance(Duration::from_secs(wait - 1))
            .wait()
            .unwrap();
        assert_eq!(sandbox.invoices().only().state, before, "{number} before");
        sandbox.advance(Duration::from_secs(1)).wait().unwrap();
        assert_eq!(sandbox.invoices().only().state, after, "{number} after");
    }
}

#[test]
fn applies_the_outcome_and_delay_of_an_sbx_name() {
    let sandbox = start(Sandbox::builder());
    let pays = TestCard::PAID.number;
    create(
        &sandbox,
        &with(s2s(pays), json!({ "name": "SBX:FUNDS:90s" })),
    );
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Created);
    sandbox.advance(Duration::from_secs(90)).wait().unwrap();
    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.state, InvoiceState::Failed);
    assert_eq!(
        invoice.failure_reason.unwrap().to_string(),
        "insufficient funds"
    );

    for (name, says) in [
        ("SBX:", "WITHHELD"),
        ("SBX:paid", "WITHHELD"),
        ("SBX:PAID:", "90s"),
        ("SBX:PAID:soon", "90s"),
    ] {
        let rejected = create(&sandbox, &with(s2s(pays), json!({ "name": name })));
        assert_eq!(rejected.code(), 59005, "{name}: {}", rejected.body);
        assert!(rejected.body.contains(says), "{name}: {}", rejected.body);
    }
}

#[test]
fn runs_a_fortnight_of_failing_callbacks_in_order() {
    let sink = CallbackSink::start().unwrap();
    sink.default_response(SinkResponse::Status(500));
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    // The first attempt is made at once: before the clock is moved, or while it is.
    let events = sandbox.subscribe();
    create(&sandbox, &hosted());
    sandbox.advance(days(14)).wait().unwrap();
    drop(sandbox);
    let kept = ["invoice 1 EXPIRED", "callback"];
    let lines: Vec<_> = events
        .map(|event| event.to_string())
        .filter(|line| kept.iter().any(|start| line.starts_with(start)))
        .collect();
    let failed = |number, again| {
        format!("callback 1 invoice:created of invoice 1, attempt {number}: HTTP 500, {again}")
    };
    let mut expected: Vec<_> = ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "1d"]
        .iter()
        .enumerate()
        .map(|(place, wait)| failed(place + 1, format!("next attempt in {wait}")))
        .collect();
    expected.push(failed(10, "given up".to_owned()));
    expected.push("invoice 1 EXPIRED".to_owned());
    expected.push(
        "callback 2 invoice:expired of invoice 1, attempt 1: HTTP 500, next attempt in 5s"
            .to_owned(),
    );
    assert_eq!(lines, expected);
    assert_eq!(sink.received().len(), 11);
}

#[test]
fn runs_in_real_time_and_can_be_advanced() {
    let sandbox = start(Sandbox::builder().real_time());
    let events = sandbox.subscribe();
    let members = json!({ "name": "SBX:PAID:10ms", "card_expiry_date": "12/2999" });
    let response = create(&sandbox, &with(s2s(TestCard::PAID.number), members));
    assert_eq!(response.code(), 0, "{}", response.body);
    let mut paid = events.filter(|one| one.to_string().starts_with("invoice 1 PAID"));
    paid.next().expect("it is paid without an advance");
    create(&sandbox, &hosted());
    sandbox.advance(days(15)).wait().unwrap();
    assert_eq!(sandbox.invoices()[1].state, InvoiceState::Expired);
}

#[test]
fn handles_requests_while_it_is_advanced() {
    // All invoices expire at the same time, or each at its own.
    handles_requests(&start(Sandbox::builder()));
    handles_requests(&start(Sandbox::builder().real_time()));
}

fn handles_requests(sandbox: &Sandbox) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                get(sandbox, &format!("{STATUS}?id=1"));
            }
        });
        // The system may not run the client during one advance.
        let handled = (0..20).any(|_| {
            (0..300).for_each(|_| drop(create(sandbox, &hosted())));
            let lines = lines(&sandbox.advance(days(14)).wait().unwrap());
            let expired = |line: &String| line.ends_with("EXPIRED");
            let first = lines.iter().position(expired).unwrap();
            let last = lines.iter().rposition(expired).unwrap();
            lines[first..last]
                .iter()
                .any(|line| line.starts_with("GET status"))
        });
        done.store(true, Ordering::SeqCst);
        assert!(handled, "requests had to wait for the end of each advance");
    });
}
