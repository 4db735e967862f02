use nft_invoice_sandbox::{CallbackSink, RetryPolicy, Sandbox, SinkResponse, TestCard};

use crate::client::{create, hosted, s2s, settle, start};
use crate::dashboard::{look, press};

/// The paths of the callback pages in the list.
fn listed(page: &str) -> Vec<&str> {
    let links = page.split("href=\"").skip(1);
    links
        .filter_map(|link| link.split('"').next())
        .filter(|path| path.starts_with("/_sbx/callbacks/"))
        .collect()
}

#[test]
fn lists_callbacks_newest_first_in_pages() {
    let sandbox = start(Sandbox::builder());
    let page = look(&sandbox, "/_sbx/callbacks");
    assert!(page.contains("No callback URL is set"), "{page}");

    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(500), SinkResponse::Status(503)]);
    let retries = RetryPolicy::custom([std::time::Duration::from_secs(90)]);
    let builder = Sandbox::builder().callback(sink.url());
    let sandbox = start(builder.callback_retries(retries));
    create(&sandbox, &hosted());
    settle(&sandbox);
    let page = look(&sandbox, "/_sbx/callbacks");
    for said in ["waiting", "1 attempt: HTTP 500", "next attempt in 90s"] {
        assert!(page.contains(said), "{said} is not shown: {page}");
    }
    press(&sandbox, "/_sbx/clock", "by=90s");
    for _ in 0..50 {
        create(&sandbox, &hosted());
    }
    settle(&sandbox);

    let first = look(&sandbox, "/_sbx/callbacks");
    assert_eq!(listed(&first).len(), 50);
    assert_eq!(listed(&first)[0], "/_sbx/callbacks/51");
    for said in [
        "href=\"/_sbx/invoices/51\"",
        "invoice:created",
        "delivered",
        "1 attempt: HTTP 200",
        "href=\"/_sbx/callbacks?page=2\"",
    ] {
        assert!(first.contains(said), "{said} is not shown: {first}");
    }
    let second = look(&sandbox, "/_sbx/callbacks?page=2");
    assert_eq!(listed(&second), ["/_sbx/callbacks/1"]);
    for said in ["given up", "2 attempts, last: HTTP 503", "Page 2 of 2"] {
        assert!(second.contains(said), "{said} is not shown: {second}");
    }
    let beyond = look(&sandbox, "/_sbx/callbacks?page=3");
    assert!(beyond.contains("No callbacks on this page"), "{beyond}");
}

#[test]
fn shows_which_callback_a_blocked_one_waits_for() {
    let sink = CallbackSink::start().unwrap();
    sink.next_responses([SinkResponse::Status(500)]);
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &s2s(TestCard::PAID.number));
    settle(&sandbox);
    let link = "<a href=\"/_sbx/callbacks/1\">waits for callback 1</a>";
    for page in ["/_sbx/callbacks", "/_sbx/callbacks/2", "/_sbx/invoices/1"] {
        let shown = look(&sandbox, page);
        assert_eq!(shown.matches(link).count(), 1, "{page}: {shown}");
    }
    assert!(!look(&sandbox, "/_sbx/callbacks/1").contains("waits for"));
}
