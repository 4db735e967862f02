//! A transport with one mistake at a time: the suite says which row found it, and why.

mod client;

use std::collections::BTreeSet;

use client::{Careless, Detached, Mistake};
use nft_invoice_contract::{Contract, Report};

fn run(mistake: Option<Mistake>) -> Report {
    Contract::new()
        .http_only()
        .run_blocking(move |settings| Careless::new(settings, mistake))
}

/// What ends without an answer after bytes have left.
const CUT: [&str; 10] = [
    "closed after the head",
    "closed in the middle of the body",
    "closed after the request",
    "reset after the request",
    "half a status line",
    "half a head",
    "half a 200 by length",
    "half a 200 by length, then a reset",
    "half a chunked 200",
    "no length, then a reset",
];
const STALLED: [&str; 6] = [
    "silent after the head",
    "silent after the request",
    "silent in its head",
    "silent in its answer",
    "does not read a large body",
    "slower than the timeout",
];
const UNUSABLE: [&str; 9] = [
    "closed at accept",
    "reset at accept",
    "a mail server",
    "greets before it reads",
    "two lengths",
    "a head without end",
    "an answer without end",
    "10 MB",
    "1 MiB and a byte",
];
const CONNECTING: [&str; 2] = [
    "connecting stalls, connect timeout",
    "connecting stalls, timeout in all",
];
/// Either true outcome can come of it, so a mistake shows or not.
const RACE: &str = "early 413, reset";

/// The rows that fail are these, and one of the reasons holds these words.
fn caught(mistake: Mistake, rows: &[&str], because: &str) {
    let report = run(Some(mistake));
    let failed = report.failures().map(|line| line.name);
    let failed: BTreeSet<_> = failed.filter(|name| *name != RACE).collect();
    let expected: BTreeSet<_> = rows.iter().copied().collect();
    assert_eq!(failed, expected, "{mistake:?}\n{report}");
    let message = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.contains(because), "{mistake:?}: {message}");
    for row in rows {
        let named = format!("http, {row}: ");
        assert!(message.contains(&named), "{mistake:?}: {message}");
    }
}

#[test]
fn without_a_mistake_it_passes() {
    run(None).assert();
}

/// Runs in a child process, too, where the environment names a proxy.
#[test]
fn the_environments_proxy() {
    let report = Contract::new()
        .http_only()
        .environment("the_environments_proxy")
        .run_blocking(|settings| Careless::new(settings, Some(Mistake::HeedsTheEnvironment)));
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let right = "any, HTTP_PROXY, HTTPS_PROXY and ALL_PROXY set: used HTTP_PROXY, \
                 which saw the key and the body";
    if std::env::var_os("http_proxy").is_none() {
        assert_eq!(failed, [right]);
    }
}

#[test]
fn redirects() {
    let rows = [
        "301 to another host",
        "302 to another host",
        "303 to another host",
        "307 to another host",
        "308 to another host",
        "307 to a dead port",
        "307 to itself",
        "302 of a read to another host",
        "307 of a read to itself",
    ];
    let because = "went to another host, which saw the key and the body";
    caught(Mistake::FollowsRedirects, &rows, because);
}

#[test]
fn retries() {
    let rows = [&CUT[..], &STALLED, &UNUSABLE].concat();
    caught(Mistake::Retries, &rows, "one send is one attempt");
}

#[test]
fn closed_taken_as_not_sent() {
    caught(
        Mistake::ClosedIsNotSent,
        &CUT,
        "reported as not sent; right is: unknown",
    );
}

#[test]
fn a_timeout_taken_as_not_sent() {
    caught(
        Mistake::TimeoutIsNotSent,
        &STALLED,
        "reported as not sent; right is: unknown",
    );
}

#[test]
fn a_timeout_taken_as_unknown_while_connecting() {
    caught(
        Mistake::TimeoutIsUnknown,
        &CONNECTING,
        "reported as unknown; right is: not sent",
    );
}

#[test]
fn half_an_answer() {
    let rows = [
        "half a 200 by length",
        "half a 200 by length, then a reset",
        "half a chunked 200",
        "no length, then a reset",
        "silent in its answer",
        "slower than the timeout",
    ];
    caught(
        Mistake::AcceptsHalfAnAnswer,
        &rows,
        "reported as answered; right is: unknown",
    );
}

#[test]
fn an_answer_of_any_size() {
    let rows = ["10 MB", "1 MiB and a byte", "an answer without end"];
    caught(
        Mistake::AcceptsAnySize,
        &rows,
        "reported as answered; right is: unknown",
    );
}

#[test]
fn an_answer_unpacked() {
    let rows = ["a gzip bomb stays packed"];
    caught(
        Mistake::Unpacks,
        &rows,
        "the answer is 200 with 13235 bytes",
    );
}

#[test]
fn connections_kept() {
    let rows = [
        "a create after a read whose connection is dead",
        "two creates: a connection each",
        "headers that lie about the framing",
    ];
    caught(
        Mistake::KeepsConnections,
        &rows,
        "went over a connection that had been used",
    );
}

#[test]
fn plain_http_to_anybody() {
    let rows = ["plain http, and not to localhost"];
    caught(
        Mistake::SpeaksInTheClear,
        &rows,
        "the server saw the key and the body",
    );
}

#[test]
fn the_key_in_an_error() {
    let rows = [
        &["refused", "a read, refused"],
        &CONNECTING[..],
        &CUT,
        &STALLED,
        &UNUSABLE,
    ]
    .concat();
    caught(Mistake::ShowsTheKey, &rows, "the error shows the key");
}

#[test]
fn a_body_in_chunks() {
    let report = run(Some(Mistake::Chunks));
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let right = "http, an answer by length: the request came without a Content-Length, \
                 by which the suite finds its end";
    assert!(failed.iter().any(|line| line == right), "{report}");
}

#[test]
fn framing_that_was_given() {
    let rows = ["headers that lie about the framing"];
    caught(
        Mistake::TrustsTheFraming,
        &rows,
        "the request came without a Content-Length",
    );
}

/// The other rows are not about what happens after the future is gone.
#[test]
fn a_send_that_outlives_its_future() {
    let report = Contract::new().http_only().run(|_| Detached);
    let failed: Vec<_> = report.failures().map(ToString::to_string).collect();
    let right = "http, dropped while connecting: the server read 1 complete requests; \
                 right is: given up, 0 complete; the server saw the key and the body, which it must not";
    assert!(failed.iter().any(|line| line == right), "{report}");
}
