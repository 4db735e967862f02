//! A client with one bug at a time: the suite reports which rows failed, and how.

mod client;

use std::collections::BTreeSet;

use client::{Bug, BuggyClient, Detached};
use nft_invoice_contract::{Contract, Report};

fn run(bug: Option<Bug>) -> Report {
    Contract::new()
        .http_only()
        .run_blocking(move |config| BuggyClient::new(config, bug))
}

/// The connection ends after the request was sent, without a complete response.
const CUT: [&str; 11] = [
    "closed after the request head",
    "closed in the middle of the request body",
    "closed after the request",
    "reset after the request",
    "truncated status line",
    "truncated response head",
    "truncated body with length",
    "truncated body with length, then reset",
    "truncated chunked body",
    "chunked body without its final CRLF",
    "body without length, then reset",
];
const STALLED: [&str; 7] = [
    "no response to a part of the request",
    "no response to the request",
    "stalled in the response head",
    "stalled in the response body",
    "large request body not read",
    "response slower than the timeout",
    "endless informational responses",
];
const UNUSABLE: [&str; 10] = [
    "closed at accept",
    "reset at accept",
    "response is not HTTP",
    "server speaks first",
    "two Content-Length headers",
    "endless response head",
    "endless response body",
    "response of 10 MB",
    "response of 1 MiB and one byte",
    "endless chunk size",
];
const CONNECTING: &[&str] = if cfg!(target_os = "linux") {
    &[
        "connect timeout",
        "total timeout while connecting",
        "cancelled while connecting",
    ]
} else {
    &["connect timeout", "total timeout while connecting"]
};
/// Two outcomes are correct here, so that a bug may or may not show.
const RACE: &str = "early 413, then reset";

/// Asserts that exactly these rows fail, and that one of the problems contains these words.
fn assert_fails(bug: Bug, rows: &[&str], problem: &str) {
    let report = run(Some(bug));
    let failed = report.failures().map(|line| line.name);
    let failed: BTreeSet<_> = failed.filter(|name| *name != RACE).collect();
    let expected: BTreeSet<_> = rows.iter().copied().collect();
    assert_eq!(failed, expected, "{bug:?}\n{report}");
    let message = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains(problem), "{bug:?}: {message}");
    for row in rows {
        let named = format!("http, {row}: ");
        assert!(message.contains(&named), "{bug:?}: {message}");
    }
}

#[test]
fn accepts_a_client_without_a_bug() {
    run(None).assert();
}

/// Runs again in a child process, whose environment names a proxy.
#[test]
fn detects_the_proxy_of_the_environment() {
    let report = Contract::new()
        .http_only()
        .environment("detects_the_proxy_of_the_environment")
        .run_blocking(|config| BuggyClient::new(config, Some(Bug::UsesTheEnvironment)));
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let expected = "any, HTTP_PROXY, HTTPS_PROXY and ALL_PROXY set: used HTTP_PROXY, \
                    which received the key and the body";
    if std::env::var_os("http_proxy").is_none() {
        assert_eq!(failed, [expected]);
    }
}

#[test]
fn detects_redirects() {
    let rows = [
        "redirect 301 to another host",
        "redirect 302 to another host",
        "redirect 303 to another host",
        "redirect 307 to another host",
        "redirect 308 to another host",
        "redirect 307 to a closed port",
        "redirect 307 to the same URI",
        "redirect 302 of a read to another host",
        "redirect 307 of a read to the same URI",
    ];
    let problem = "connected to another host, which received the key and the body";
    assert_fails(Bug::FollowsRedirects, &rows, problem);
}

#[test]
fn detects_retries() {
    let rows = [&CUT[..], &STALLED, &UNUSABLE].concat();
    assert_fails(Bug::Retries, &rows, "a send is one attempt");
}

#[test]
fn detects_a_closed_connection_reported_as_not_sent() {
    let problem = "reported as not sent; expected: unknown";
    assert_fails(Bug::ClosedIsNotSent, &CUT, problem);
}

#[test]
fn detects_a_timeout_reported_as_not_sent() {
    let problem = "reported as not sent; expected: unknown";
    assert_fails(Bug::TimeoutIsNotSent, &STALLED, problem);
}

#[test]
fn detects_a_connect_timeout_reported_as_unknown() {
    let problem = "reported as unknown; expected: not sent";
    assert_fails(Bug::TimeoutIsUnknown, CONNECTING, problem);
}

#[test]
fn detects_accepted_truncated_bodies() {
    let rows = [
        "truncated body with length",
        "truncated body with length, then reset",
        "truncated chunked body",
        "chunked body without its final CRLF",
        "body without length, then reset",
        "stalled in the response body",
        "response slower than the timeout",
        "endless chunk size",
    ];
    let problem = "reported as responded; expected: unknown";
    assert_fails(Bug::AcceptsTruncatedBodies, &rows, problem);
}

#[test]
fn detects_a_missing_size_limit() {
    let rows = [
        "response of 10 MB",
        "response of 1 MiB and one byte",
        "endless response body",
    ];
    let problem = "reported as responded; expected: unknown";
    assert_fails(Bug::AcceptsAnySize, &rows, problem);
}

#[test]
fn detects_decompression() {
    let rows = ["gzip is not decompressed"];
    let problem = "expected status 200 with a body of 13235 bytes";
    assert_fails(Bug::Decompresses, &rows, problem);
}

#[test]
fn detects_creates_over_used_connections() {
    let rows = [
        "create after a read whose connection is closed",
        "two creates use two connections",
        "misleading framing headers",
    ];
    let problem = "a create was sent over a used connection";
    assert_fails(Bug::KeepsConnections, &rows, problem);
}

#[test]
fn detects_plain_http_to_another_host() {
    let rows = ["plain http to another host"];
    let problem = "the server received the key and the body";
    assert_fails(Bug::AllowsPlainHttp, &rows, problem);
}

#[test]
fn detects_the_key_in_an_error() {
    let rows = [
        &["connection refused", "connection refused for a read"],
        CONNECTING,
        &CUT,
        &STALLED,
        &UNUSABLE,
    ]
    .concat();
    assert_fails(Bug::ShowsTheKey, &rows, "the error shows the key");
}

#[test]
fn detects_a_chunked_request() {
    let report = run(Some(Bug::SendsChunks));
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let expected = "http, body with length: the request has no Content-Length, \
                    which the suite needs to find its end";
    assert!(failed.iter().any(|line| line == expected), "{report}");
}

#[test]
fn detects_given_framing_headers() {
    let rows = ["misleading framing headers"];
    let problem = "the request has no Content-Length";
    assert_fails(Bug::PassesFramingOn, &rows, problem);
}

/// The other rows are not about what happens after the future was dropped.
#[cfg(target_os = "linux")]
#[test]
fn detects_a_send_that_outlives_its_future() {
    let report = Contract::new().http_only().run(|_| Detached);
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let expected = "http, future dropped while connecting: the server received 1 complete request; \
                    expected: future dropped, 0 complete requests; the server received the key and the body";
    assert!(failed.iter().any(|line| line == expected), "{report}");
}
