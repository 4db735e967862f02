//! The forms of an event: JSON, a line for people, and the two columns of a list.

use nft_invoice_sandbox::Activity;

/// Each kind of event in JSON without its last field `text`, its subject and its description.
const EVENTS: &[(&str, &str, &str)] = &[
    (
        r#"{"event":"request","at":"1970-01-01T00:00:00Z","method":"GET","route":"create","invoice":null,"reference":null,"status":200,"error_code":null,"body_error":"form-encoded; the gateway takes JSON","fault":null}"#,
        "request",
        "GET create: HTTP 200 (body form-encoded; the gateway takes JSON)",
    ),
    (
        r#"{"event":"request","at":"1970-01-01T00:00:00Z","method":"POST","route":"create","invoice":7,"reference":"order-7f3a","status":null,"error_code":null,"body_error":null,"fault":"after.reset"}"#,
        "request",
        "POST create: no response (fault after.reset), invoice 7, reference order-7f3a",
    ),
    (
        r#"{"event":"invoice","at":"1970-01-01T00:00:00Z","invoice":3,"reference":"order-7f3a","status":"CREATED","change":"created","mode":"hosted","amount":"0.01","currency":"USD"}"#,
        "invoice 3",
        "CREATED (hosted, 0.01 USD), reference order-7f3a",
    ),
    (
        r#"{"event":"invoice","at":"1970-01-01T00:00:00Z","invoice":3,"reference":"order-7f3a","status":"FAILED","change":"moved","reason":"FUNDS"}"#,
        "invoice 3",
        "FAILED (insufficient funds), reference order-7f3a",
    ),
    (
        r#"{"event":"invoice","at":"1970-01-01T00:00:00Z","invoice":3,"reference":"order-7f3a","status":"OPENED","change":"cancelled"}"#,
        "invoice 3",
        "OPENED (customer cancelled), reference order-7f3a",
    ),
    (
        r#"{"event":"callback","at":"1970-01-01T00:00:00Z","delivery":7,"invoice":3,"reference":null,"status":"invoice:paid","attempt":1,"result":{"answered":503},"next_attempt_in_ms":5000}"#,
        "callback 7",
        "invoice:paid of invoice 3, attempt 1: HTTP 503, next attempt in 5s",
    ),
    (
        r#"{"event":"callback","at":"1970-01-01T00:00:00Z","delivery":7,"invoice":3,"reference":null,"status":"invoice:paid","attempt":1,"result":{"failed":"connection refused"},"next_attempt_in_ms":null}"#,
        "callback 7",
        "invoice:paid of invoice 3, attempt 1: connection refused, given up",
    ),
    (
        r#"{"event":"blocked","at":"1970-01-01T00:00:00Z","delivery":8,"invoice":3,"reference":null,"status":"invoice:awaiting_approval","waits_for":7}"#,
        "callback 8",
        "invoice:awaiting_approval of invoice 3 waits for callback 7",
    ),
    (
        r#"{"event":"clock","at":"1970-01-01T00:00:00Z"}"#,
        "clock",
        "moved to 1970-01-01T00:00:00Z",
    ),
    (
        r#"{"event":"not_written","cause":"disk full"}"#,
        "not_written",
        "the database could not be written, so nothing was changed: disk full",
    ),
    (
        r#"{"event":"reset"}"#,
        "reset",
        "all data deleted; numbering restarts at 1",
    ),
    (
        r#"{"event":"missed","count":3}"#,
        "missed",
        "3 events skipped: this subscriber is too slow",
    ),
];

#[test]
fn has_one_form_in_json_that_is_read_back() {
    for (json, ..) in EVENTS {
        let event: Activity = serde_json::from_str(json).expect(json);
        let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["event"], event.kind());
        assert_eq!(
            value["at"].as_str(),
            event.at().map(|at| at.to_string()).as_deref(),
            "{json}"
        );
        value["text"] = event.to_string().into();
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(written, value.to_string());
        assert_eq!(serde_json::from_str::<Activity>(&written).unwrap(), event);
    }
}

#[test]
fn has_a_line_and_its_two_columns() {
    for (json, subject, description) in EVENTS {
        let event: Activity = serde_json::from_str(json).expect(json);
        assert_eq!(event.subject().to_string(), *subject);
        assert_eq!(event.description().to_string(), *description);
        let line = event.to_string();
        assert!(line.ends_with(description), "{line}");
        let numbered = subject.contains(char::is_numeric);
        let starts = numbered || *subject == "clock";
        assert_eq!(line.starts_with(subject), starts, "{line}");
    }
}
