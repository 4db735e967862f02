//! A database that cannot be written. Each test runs in a process of its own, which limits the size of its files.

use std::fs;
use std::path::Path;
use std::process::Command;

use nft_invoice_sandbox::{
    Activity, AdvanceError, CallbackSink, DeliveryState, Outcome, Sandbox, SandboxBuilder,
    TestCard, days,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::{create, hosted, open, page_of, press, s2s, start};
use crate::database_files::folder;
use crate::database_format::ROWS;
use crate::owner::rejected;

const CHILD: &str = "NFT_INVOICE_SANDBOX_TEST_FULL";

/// Whether this is the process of its own; otherwise it has run.
fn is_child(test: &str) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    // Without the signal, a write beyond the limit fails as on a full disk.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("database_full::{test}"), "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    false
}

/// Limits the size of files, or removes the limit.
fn limit(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = bytes.or(maximum);
    setrlimit(Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The disk is full.
fn full(path: &Path) {
    limit(Some(length(path)));
}

fn in_file(path: &Path) -> SandboxBuilder {
    Sandbox::builder().database(path)
}

#[test]
fn changes_nothing_if_the_database_cannot_be_written() {
    if !is_child("changes_nothing_if_the_database_cannot_be_written") {
        return;
    }
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path));
    let mut activities = sandbox.subscribe();
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));

    // A part of the row is written, and removed.
    let before = fs::read(&path).unwrap();
    limit(Some(length(&path) + 100));
    sandbox.next_outcome(Outcome::Pending);
    let response = create(&sandbox, &s2s(TestCard::PAID.number));
    assert_eq!(response.status, 500, "{}", response.body);
    let says =
        "the database could not be written, so nothing was changed: File too large (os error 27)";
    assert_eq!(response.json(), serde_json::json!({ "error": says }));
    assert_eq!(sandbox.invoices().len(), 1);
    let lines: Vec<_> = activities.try_iter().map(|one| one.to_string()).collect();
    assert!(lines.iter().any(|line| line == says), "{lines:?}");
    assert!(before[ROWS..] == fs::read(&path).unwrap()[ROWS..]);

    limit(None);
    let opened = open(&sandbox, &page);
    assert!(opened.body.contains("OPENED"));
    full(&path);
    let pressed = press(&sandbox, &page, "decline", "");
    assert_eq!(pressed.status, 500);
    assert!(pressed.body.contains("File too large"), "{}", pressed.body);
    let checkout = sandbox.invoices().only().checkout();
    let why = checkout.pay(TestCard::PAID).wait().unwrap_err();
    assert_eq!(why.to_string(), says);
    let pay = serde_json::json!({ "action": "pay" });
    rejected(&sandbox, "POST", "/invoices/1/checkout", &pay, 500);
    let happened = sandbox.advance(days(20)).wait();
    assert!(
        matches!(happened, Err(AdvanceError::WriteError(_))),
        "{happened:?}"
    );
    assert_eq!(sandbox.now().to_string(), "2025-01-01T00:00:00Z");
    assert!(sandbox.reset().is_err());
    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.state.to_string(), "OPENED");
    drop(sandbox);

    limit(None);
    let sandbox = start(in_file(&path));
    // Queued outcomes are not stored.
    assert_eq!(sandbox.invoices().only().state.to_string(), "OPENED");
    create(&sandbox, &s2s(TestCard::PAID.number));
    let second = sandbox.invoices()[1].clone();
    assert_eq!(
        (second.id, second.state.to_string()),
        (2, "PAID".to_owned())
    );
}

#[test]
fn keeps_a_queued_outcome_if_the_attempt_cannot_be_written() {
    if !is_child("keeps_a_queued_outcome_if_the_attempt_cannot_be_written") {
        return;
    }
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path));
    sandbox.next_outcome(Outcome::Pending);
    full(&path);
    assert_eq!(create(&sandbox, &s2s(TestCard::PAID.number)).status, 500);
    limit(None);
    create(&sandbox, &s2s(TestCard::PAID.number));
    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.state.to_string(), "AWAITING_APPROVAL");

    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    open(&sandbox, &page);
    let pay = format!("&card_number={}&card_expiry=12/2030", TestCard::PAID.number);
    sandbox.next_outcome(Outcome::Pending);
    full(&path);
    assert_eq!(press(&sandbox, &page, "pay", &pay).status, 500);
    limit(None);
    assert_eq!(press(&sandbox, &page, "pay", &pay).status, 303);
    assert_eq!(sandbox.invoices()[1].state.to_string(), "AWAITING_APPROVAL");
}

#[test]
fn repeats_an_attempt_after_a_restart_if_it_was_not_written() {
    if !is_child("repeats_an_attempt_after_a_restart_if_it_was_not_written") {
        return;
    }
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sink = CallbackSink::start().unwrap();
    // Where the attempt follows at once, there is room for the invoice only. Each URL has this length.
    let measured = folder.path().join("measured.db");
    let sandbox = start(in_file(&measured).callback(sink.url()));
    create(&sandbox, &hosted());
    sandbox.wait_callback("invoice:created").wait().unwrap();
    drop(sandbox);
    let rows = fs::read_to_string(&measured).unwrap();
    let attempt = rows.lines().last().unwrap().len() as u64 + 1;
    limit(Some(length(&measured) - attempt));

    let started = || start(in_file(&path).callback(sink.url()));
    let sandbox = started();
    create(&sandbox, &hosted());
    sandbox.wait_callback("invoice:created").wait().unwrap();
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::Delivered);
    assert!(!sandbox.replay(1), "it cannot be written");
    drop(sandbox);

    limit(None);
    let sandbox = started();
    let mut activities = sandbox.subscribe();
    sandbox.wait_callback("invoice:created").wait().unwrap();
    let received = sink.received();
    assert_eq!(
        received.len(),
        3,
        "one of them is that of the first database"
    );
    assert_eq!(received[1].body, received[2].body);
    let lines = activities.try_iter().collect::<Vec<_>>();
    assert!(
        !lines
            .iter()
            .any(|one| matches!(one, Activity::WriteError(_)))
    );
}
