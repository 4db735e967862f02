#![cfg(unix)]
//! The commands that control a sandbox, against a sandbox in another process.
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use nft_invoice_sandbox::{CallbackSink, SinkResponse};
use serde_json::{Value, json};

use crate::running::Running;
use crate::{Ended, HOSTED, end, interrupt};

fn steer(sandbox: &Running, arguments: &[&str]) -> Ended {
    end(&mut sandbox.client(&[&["sandbox"], arguments].concat()), "")
}

fn steered(sandbox: &Running, arguments: &[&str]) -> Value {
    let ended = steer(sandbox, &[arguments, &["--format", "json"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.object()
}

#[test]
fn an_invoice_follows_its_states_or_is_forced_to_one() {
    let sandbox = Running::start(&[]);
    let created = sandbox.create(HOSTED);
    let reference = created["reference"].as_str().expect("a reference");
    let trigger = ["trigger", "invoice:paid", "--invoice", "1"];
    let refused = steer(&sandbox, &[&trigger[..], &["--format", "json"]].concat());
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let object = refused.object();
    assert_eq!(object["from"], "CREATED", "{object}");
    assert_eq!(object["allowed"], json!(["OPENED", "EXPIRED"]), "{object}");
    let forced = steer(&sandbox, &[&trigger[..], &["--force"]].concat());
    let told = format!("invoice 1 is PAID, reference {reference}\n");
    assert_eq!(forced.out, told, "{forced:?}");
    let unknown = steer(&sandbox, &["trigger", "invoice:paid", "--invoice", "2"]);
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    let no_event = steer(&sandbox, &["trigger", "invoice:lost", "--invoice", "1"]);
    assert_eq!(no_event.code, Some(3), "{no_event:?}");
}

#[test]
fn an_invalid_argument_is_named_as_on_the_command_line() {
    let sandbox = Running::start_for_people(&[]);
    for (arguments, named) in [
        (&["advance", "soon"][..], "<DURATION>: expected a duration"),
        (
            &["trigger", "invoice:payed", "--invoice", "1"],
            "<EVENT>: expected a status",
        ),
    ] {
        let ended = steer(&sandbox, arguments);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        let message = format!("error: invalid value for {named}");
        assert!(ended.err.contains(&message), "{ended:?}");
    }
}

#[test]
fn advance_moves_the_clock_by_days_and_says_so() {
    let sandbox = Running::start_for_people(&[]);
    let created = sandbox.create(HOSTED);
    let reference = created["reference"].as_str().expect("a reference");
    let expired = format!("EXPIRED, reference {reference}\n");
    let passed = steer(&sandbox, &["advance", "14d"]);
    assert_eq!(passed.code, Some(0), "{passed:?}");
    assert!(
        passed.out.contains(&format!("invoice 1 {expired}")),
        "{passed:?}"
    );
    let now = passed.out.lines().last().unwrap();
    assert!(
        now.starts_with("It is 20") && now.ends_with(" (UTC) in the sandbox."),
        "{now}"
    );
    let told = sandbox.stop().out;
    let (day, _) = now["It is ".len()..].split_once(' ').unwrap();
    assert!(told.contains(&format!("\n{day}\n")), "{told}");
    assert!(
        told.contains(&format!("  clock       moved to {day}T")),
        "{told}"
    );
    assert!(told.contains(&format!("  invoice 1   {expired}")), "{told}");
}

#[test]
fn faults_can_be_planned_listed_and_cleared() {
    let sandbox = Running::start(&["--faults", "create->error(50008)@n=1"]);
    let refused = end(&mut sandbox.client(&["create", "-"]), HOSTED);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let rule = |text: &str, count: u64| json!({"rules": [{"text": text, "matched": count, "fired": count}]});
    assert_eq!(
        steered(&sandbox, &["fault"]),
        rule("create->error(50008)@n=1", 1)
    );
    assert_eq!(
        steered(&sandbox, &["fault", "create->empty"]),
        rule("create->empty", 0)
    );

    let unreadable = steer(&sandbox, &["fault", "status->empty\ncreate->explode"]);
    assert_eq!(unreadable.code, Some(3), "{unreadable:?}");
    let pointed = "\n  create->explode\n          ^\n";
    assert!(unreadable.err.contains(pointed), "{}", unreadable.err);
    assert_eq!(
        steered(&sandbox, &["fault"]),
        rule("create->empty", 0),
        "the plan in force is gone"
    );

    assert_eq!(
        steered(&sandbox, &["fault", "--clear"]),
        json!({"rules": []})
    );
    sandbox.create(HOSTED);
}

#[test]
fn callbacks_are_sent_again() {
    let sink = CallbackSink::start().unwrap();
    let mut sandbox = Running::start(&["--callback", &sink.url()]);
    sandbox.create(HOSTED);
    assert_eq!(
        sandbox.wait_for("callback")["result"],
        json!({"answered": 200})
    );
    sink.default_response(SinkResponse::Status(503));
    sandbox.create(HOSTED);
    // Until the last attempt has failed: nothing is sent again by itself.
    steered(&sandbox, &["advance", "4d"]);
    let given_up = sandbox.events_until("given up");
    assert_eq!(given_up.last().unwrap()["delivery"], 2, "{given_up:?}");
    sink.default_response(SinkResponse::Status(200));
    let since = ["replay", "--failed-since", "2025-01-01T00:00:00Z"];
    for (arguments, count) in [
        (&since[..], 1),
        (&["replay", "1..2"], 2),
        (&["replay", "2"], 1),
    ] {
        assert_eq!(
            steered(&sandbox, arguments),
            json!({"replayed": count}),
            "{arguments:?}"
        );
        for _ in 0..count {
            let again = sandbox.wait_for("callback");
            assert_eq!(
                again["result"],
                json!({"answered": 200}),
                "{arguments:?}: {again}"
            );
        }
    }
    assert_eq!(steer(&sandbox, &["replay", "99"]).code, Some(3));
    let not_an_instant = steer(&sandbox, &["replay", "--failed-since", "yesterday"]);
    assert_eq!(not_an_instant.code, Some(3), "{not_an_instant:?}");
    assert!(
        not_an_instant.err.contains("failed_since"),
        "{not_an_instant:?}"
    );
}

#[test]
fn another_token_is_rejected() {
    let (sandbox, other) = (Running::start(&[]), Running::start(&[]));
    let token = other.facts["admin_token"].as_str().unwrap();
    for arguments in [&["sandbox", "advance", "1d"][..], &["sandbox", "tail"]] {
        let mut command = sandbox.client(arguments);
        let ended = end(command.env("NFT_INVOICE_SANDBOX_TOKEN", token), "");
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.err.contains("does not accept the token"), "{ended:?}");
        assert!(!ended.err.contains(token), "{ended:?}");
    }
}

#[test]
fn tail_prints_the_same_events_as_the_sandbox() {
    let sink = CallbackSink::start().unwrap();
    let mut sandbox = Running::start(&["--callback", &sink.url()]);
    let mut tail = sandbox
        .client(&["sandbox", "tail", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It says so on standard error once it listens.
    let mut notes = BufReader::new(tail.stderr.take().unwrap());
    notes.read_line(&mut String::new()).unwrap();

    sandbox.create(HOSTED);
    steered(&sandbox, &["advance", "14d"]);
    let own = sandbox.events_until("EXPIRED");
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    for own in own {
        let line = lines.next().expect("as many lines").unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        // The order of fields does not matter.
        assert_eq!(told, own);
    }
    interrupt(&tail);
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}
