//! `bulk`, from the input to the links.
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::running::Running;
use crate::{CARD, CODE, Files, S2S, end, interrupt};

/// A drop: its files, and a sandbox.
struct Drop {
    files: Files,
    sandbox: Running,
}

impl Drop {
    fn new(sandbox: &[&str]) -> Self {
        Self {
            files: Files::new(),
            sandbox: Running::start(sandbox),
        }
    }

    fn bulk(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.client(&["bulk"]);
        command
            .args(arguments)
            .env("NFT_INVOICE_JOURNAL", self.files.path("drop.journal"));
        command
    }

    fn run(&self, arguments: &[&str]) -> crate::Ended {
        end(&mut self.bulk(arguments), "")
    }

    fn status(&self) -> Value {
        let ended = self.run(&["status", "--format", "json"]);
        assert!(!matches!(ended.code, None | Some(2 | 7)), "{ended:?}");
        ended.object()
    }

    fn wait_until_created(&mut self, invoices: usize) {
        for _ in 0..invoices {
            self.sandbox.wait_for("invoice");
        }
    }

    /// How many invoices the sandbox has.
    fn created(&self) -> usize {
        let history = end(
            &mut self
                .sandbox
                .client(&["history", "--all", "--format", "json"]),
            "",
        );
        history.objects().len()
    }
}

/// A CSV of that many rows, in which some have no valid e-mail address.
fn csv(rows: usize, is_bad: impl Fn(usize) -> bool) -> String {
    let row = |n| {
        let email = if is_bad(n) {
            "nobody".to_owned()
        } else {
            format!("c{n}@shop.example")
        };
        format!("{email},{}.50,Lighthouse #{n}\n", n % 9 + 1)
    };
    "email,amount,ipfsMetadata.name\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

#[test]
fn a_thousand_rows_with_17_bad_ones_become_983_links_and_a_file_to_correct() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(1000, |n| n % 60 == 7));
    let fix = drop.files.path("fix.csv");
    let ended = drop.run(&["run", &input, "--rejected", fix.to_str().unwrap()]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.out, "1,000 rows: 983 accepted, 17 rejected\n");
    assert_eq!(drop.created(), 983);

    let rejected = std::fs::read_to_string(&fix).unwrap();
    let mut lines = rejected.lines();
    assert_eq!(
        lines.next(),
        Some("email,amount,ipfsMetadata.name,#line,#field,#reason,#replaces")
    );
    let first = lines.next().unwrap();
    assert!(
        first.starts_with("nobody,8.50,Lighthouse #7,9,/email,\"Enter an e-mail address"),
        "{first}"
    );
    assert_eq!(lines.count(), 16);

    std::fs::write(&fix, rejected.replace("nobody", "ok@shop.example")).unwrap();
    let alone = drop.run(&["run", fix.to_str().unwrap()]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
    assert!(
        alone.err.contains("that are missing in it: 983\n"),
        "{alone:?}"
    );
    let added = drop.run(&["run", fix.to_str().unwrap(), "--add"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    assert_eq!(added.out, "1,000 rows: 1,000 accepted\n");
    // The file that still contains the 17 invalid rows, under any name, does not count them again.
    let other_name = format!("{}/./drop.csv", input.strip_suffix("/drop.csv").unwrap());
    for input in [&other_name, &input] {
        let again = drop.run(&["run", input]);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(again.out, "1,000 rows: 1,000 accepted\n");
        let expected =
            "Replaced by corrected rows before, and neither sent nor counted again: 17 rows.";
        assert!(again.err.contains(expected), "{again:?}");
    }
    assert_eq!(drop.created(), 1000);

    let links = drop.files.path("links.csv");
    let exported = drop.run(&["export", "--output", links.to_str().unwrap()]);
    assert_eq!(
        (exported.code, exported.out.as_str()),
        (Some(0), ""),
        "{exported:?}"
    );
    let links = std::fs::read_to_string(links).unwrap();
    assert!(
        links.starts_with("source,id,reference,state,redirect_url,reason\n"),
        "{links}"
    );
    assert_eq!(links.matches("/widget/sale/create/?token=").count(), 1000);
    let lines = drop.run(&["export", "--ndjson"]);
    assert_eq!(lines.objects().len(), 1000);
    assert_eq!(lines.objects()[0]["source"], format!("{input}:2"));
}

#[test]
fn rows_that_the_gateway_rejected_are_corrected_or_sent_again() {
    for (format, rejects_again) in [("csv", false), ("ndjson", false), ("csv", true)] {
        let faults = if rejects_again {
            "create[amount=4.50]->error(50011)@first=1"
        } else {
            "create[amount=4.50]->error(50011)"
        };
        let drop = Drop::new(&["--faults", faults]);
        let text = csv(4, |_| false);
        let text = if format == "csv" {
            text
        } else {
            let row = |n| {
                format!(
                    r#"{{"email":"c{n}@shop.example","amount":"{n}.50","devise":"USD","checkoutMode":"nft"}}"#
                ) + "\n"
            };
            (1..=4).map(row).collect()
        };
        let input = drop.files.write(&format!("drop.{format}"), text);
        let fix = drop.files.path(&format!("fix.{format}"));
        let fix = fix.to_str().unwrap();
        let ended = drop.run(&["run", &input, "--rejected", fix]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert_eq!(ended.out, "4 rows: 3 accepted, 1 rejected\n");
        let rejected = std::fs::read_to_string(fix).unwrap();
        if !rejects_again {
            std::fs::write(fix, rejected.replace("4.50", "3.75")).unwrap();
        }
        let expected = if rejects_again {
            "Rejected by the gateway before, and sent again: 1 row."
        } else {
            "Rejected before, and replaced by corrected rows: 1 row."
        };
        let fixed = drop.run(&["run", fix, "--add", "--rejected", &format!("{fix}.2")]);
        assert_eq!(fixed.code, Some(0), "{fixed:?}");
        assert_eq!(fixed.out, "4 rows: 4 accepted\n");
        assert!(fixed.err.contains(expected), "{fixed:?}");
        for arguments in [["run", &input], ["run", fix]] {
            let again = drop.run(&arguments);
            assert_eq!(again.code, Some(0), "{again:?}");
            assert_eq!(again.out, "4 rows: 4 accepted\n");
        }
        assert_eq!(drop.created(), 4);
        let exported = drop.run(&["export", "--ndjson"]);
        assert_eq!(exported.objects().len(), 4, "{exported:?}");
    }
}

#[test]
fn every_command_warns_of_a_duplicate() {
    let drop = Drop::new(&["--faults", "create->after.reset@n=1"]);
    let card = S2S.replace("02/2025", "12/2030");
    let run = || end(&mut drop.bulk(&["run", "--mode", "s2s", "-"]), &card);
    assert_eq!(run().code, Some(5));
    let unknown = drop.run(&["unknown", "--format", "json"]).object();
    let reference = unknown["reference"].as_str().unwrap();
    // A person is wrong.
    let decided = drop.run(&["unknown", "--not-charged", reference, "--reason", "guessed"]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    assert_eq!(run().code, Some(0));
    let warning = "1 row can have been charged twice: nft-invoice bulk unknown --journal ";
    let reconciled = drop.run(&["reconcile"]);
    for ended in [
        reconciled,
        drop.run(&["status"]),
        drop.run(&["export"]),
        run(),
    ] {
        assert_eq!(ended.code, Some(6), "{ended:?}");
        assert!(ended.err.contains(warning), "{ended:?}");
        assert!(ended.out.contains("duplicate"), "{ended:?}");
    }
    let listed = drop.run(&["unknown"]);
    assert_eq!(listed.code, Some(6), "{listed:?}");
}

#[test]
fn status_counts_every_state_and_doctor_reads_every_row() {
    let drop = Drop::new(&["--faults", "create->after.reset@n=2"]);
    let input = drop.files.write("drop.csv", csv(4, |n| n == 3));
    let ended = drop.run(&["run", &input, "--concurrency", "1", "--format", "json"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(ended.object()["halt"], Value::Null);
    let expected = r#"{"total":4,"prepared":0,"in_flight":0,"accepted":2,"rejected":1,"unknown":1,"resolved":0,"parked":0,"duplicate":0,"needs_person":0}"#;
    assert_eq!(
        drop.status(),
        serde_json::from_str::<Value>(expected).unwrap()
    );
    let status = drop.run(&["status"]);
    assert_eq!(status.code, Some(5), "{status:?}");
    let again = "1 unknown: connection reset while waiting for the response\n1 row may have been created, and nobody has seen \
                 a link: the next `bulk run` sends it again.\n";
    let options = format!("--journal {}", drop.files.path("drop.journal").display());
    let links = format!("Links: nft-invoice bulk export {options}\n");
    assert!(ended.err.ends_with(&format!("{again}{links}")), "{ended:?}");
    assert_eq!(
        status.err,
        format!(
            "To get the rejected rows in a file that you can correct, run their input again with --rejected FILE. If it \
             is a pipe, correct the rows where they come from, and pipe it again.\n\
             Why they were rejected: nft-invoice bulk export {options}\n{again}{links}"
        )
    );
    let doctor = drop.run(&["doctor"]);
    assert!(
        doctor
            .out
            .contains("4 rows: 2 accepted, 1 rejected, 1 unknown (hosted)"),
        "{doctor:?}"
    );
    let unknown = drop.run(&["unknown", "--format", "json"]);
    assert_eq!(unknown.code, Some(5), "{unknown:?}");
    assert_eq!(unknown.object()["attempts"], 1);
    assert_eq!(unknown.object()["needs_person"], false);
    let listed = drop.run(&["unknown"]);
    assert!(
        listed
            .out
            .contains(" unknown: the next run sends it again\n"),
        "{listed:?}"
    );
    assert!(!listed.err.contains("Only you"), "{listed:?}");
    let reconciled = drop.run(&["reconcile", "--format", "json"]);
    assert_eq!(
        (reconciled.code, &reconciled.object()["found"]),
        (Some(5), &1.into()),
        "{reconciled:?}"
    );
    assert_eq!(reconciled.err, again);
    // Nobody has seen the link of the first one, so the row gets another.
    let again = drop.run(&["run", &input, "--transport", "ureq"]);
    assert_eq!(again.out, "4 rows: 3 accepted, 1 rejected\n");
    assert_eq!(drop.run(&["status"]).code, Some(3));
    assert_eq!(drop.created(), 4);
    let report = drop.files.path("report.html");
    let ended = drop.run(&["report", "--output", report.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(
        report.contains("<svg") && !report.contains("token="),
        "{report}"
    );
}

#[test]
fn stored_callbacks_show_what_became_of_lost_responses() {
    let drop = Drop::new(&["--faults", "create->after.reset@n=2"]);
    let line = S2S.replace("\n", "").replace("02/2025", "02/2035");
    let rows = [1, 2].map(|n| line.replace("jane@", &format!("jane{n}@")));
    let mut run = drop.bulk(&["run", "-", "--mode", "s2s", "--concurrency", "1"]);
    let ended = end(&mut run, &rows.join("\n"));
    assert_eq!(ended.out, "2 rows: 1 accepted, 1 unknown\n", "{ended:?}");
    let reference = drop.run(&["unknown", "--format", "json"]).object()["reference"].clone();
    let mut history = drop
        .sandbox
        .client(&["history", "--all", "--format", "json"]);
    let ids = end(&mut history, "").objects();
    assert_eq!(ids.len(), 2);
    let data = serde_json::json!({"nftInvoiceReference": reference, "nftInvoiceAttempt": 1});
    let callback = |id: &Value| {
        serde_json::json!({"id": id, "status": "invoice:paid", "callbackJson": data.to_string()})
            .to_string()
    };
    // One of the two is the row's invoice; a callback that says so of the other one is wrong.
    let callbacks = [
        "id=7&token=s3cret".to_owned(),
        r#"{"id":7,"redirectUrl":"https://gateway.example/?token=s3cret"}"#.to_owned(),
        r#"{"id":9,"status":"invoice:paid","callbackJson":"{\"order\":7}"}"#.to_owned(),
        callback(&"8".into()).replace(reference.as_str().unwrap(), "another"),
        callback(&"999999".into()),
        callback(&ids[0]["id"]),
        callback(&ids[1]["id"]),
    ];
    let reconcile = |arguments: &[&str], input: &str| {
        let mut command = drop.bulk(&[&["reconcile", "--callbacks"], arguments].concat());
        end(command.env_remove("NFT_INVOICE_HISTORY_PATH"), input)
    };
    let ended = reconcile(&["-", "--format", "json"], &callbacks.join("\n"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let object = ended.object();
    assert_eq!(
        (&object["found"], &object["refused"], &object["accepted"]),
        (&1.into(), &1.into(), &2.into()),
        "{ended:?}"
    );
    assert_eq!(
        (&object["skipped"], &object["unrelated"]),
        (&1.into(), &1.into()),
        "{ended:?}"
    );
    assert_eq!(
        ended.err,
        "-:1: it is not a callback: not JSON\n-:2: it is not a callback: its status is missing\n"
    );
    let file = drop.files.write("callbacks.ndjson", callbacks.join("\n"));
    let again = reconcile(&[&file], "");
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.err.contains("callbacks.ndjson:2: it is not"),
        "{again:?}"
    );
    let unrelated = "1 callback belongs to no row of this journal.\n";
    assert!(again.out.contains(unrelated), "{again:?}");
    let missing = reconcile(&["/no/such/file"], "");
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(!format!("{ended:?} {again:?}").contains("s3cret"));
}

#[test]
fn a_database_that_cannot_be_reached_at_the_start_is_named_at_once() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(1, |_| false));
    // Nothing listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = free.local_addr().unwrap();
    std::mem::drop(free);
    let journal = format!("postgres://shop:s3cret@{place}/drop");
    let key = drop.files.path("drop.key");
    for with_key in [false, true] {
        assert_eq!(key.exists(), with_key, "a key without a journal");
        for arguments in [&["run", &input][..], &["run"], &["status"], &["export"]] {
            let mut command = drop.bulk(arguments);
            command
                .env("NFT_INVOICE_JOURNAL", &journal)
                .env("NFT_INVOICE_JOURNAL_KEY_FILE", &key);
            let ended = end(&mut command, "");
            assert_eq!(ended.code, Some(7), "{ended:?}");
            let error =
                format!("error: postgres://shop@{place}/drop: the database cannot be reached: ");
            assert!(ended.err.starts_with(&error), "{ended:?}");
            assert!(ended.err.contains("Check the address"), "{ended:?}");
            assert!(!ended.err.contains("s3cret"), "{ended:?}");
        }
        let hex = "0".repeat(64);
        std::fs::write(&key, hex).unwrap();
    }
    assert_eq!(drop.created(), 0);
}

#[test]
fn a_damaged_journal_ends_with_7_and_sends_nothing() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(3, |_| false));
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    let journal = drop.files.path("drop.journal");
    let whole = std::fs::read(&journal).unwrap();
    let place = |text: &[u8]| {
        let mut windows = whole.windows(text.len());
        windows.position(|window| window == text).unwrap()
    };
    // In a link, in the version of the file, and in the name of its format.
    for at in [place(b"/widget/sale/create/?token="), 63, 68, 0] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&journal, damaged).unwrap();
        for arguments in [&["run", &input][..], &["run", &input, "--add"], &["export"]] {
            let ended = drop.run(arguments);
            assert_eq!((ended.code, &*ended.out), (Some(7), ""), "{at}: {ended:?}");
        }
        let doctor = drop.run(&["doctor"]);
        assert_eq!(doctor.code, Some(7), "{at}: {doctor:?}");
    }
    std::fs::write(&journal, whole).unwrap();
    assert_eq!(drop.run(&["export"]).code, Some(0));
    assert_eq!(drop.created(), 3);
    // What only reads finds it in the rows that it shows.
    let input = drop.files.write("bad.csv", csv(1, |_| true));
    assert_eq!(drop.run(&["run", &input, "--add"]).code, Some(3));
    let mut damaged = std::fs::read(&journal).unwrap();
    let place = damaged
        .windows(15)
        .rposition(|window| window == b"\"code\":\"malform");
    damaged[place.unwrap() + 12] ^= 1;
    std::fs::write(&journal, damaged).unwrap();
    assert_eq!(drop.run(&["status"]).code, Some(3));
    let report = drop.files.path("report.html");
    let ended = drop.run(&["report", "--output", report.to_str().unwrap()]);
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert!(ended.err.contains("its checksum is wrong"), "{ended:?}");
}

#[test]
fn parked_rows_end_with_the_exit_code_of_unknown_ones() {
    let drop = Drop::new(&["--faults", "create->after.reset@p=1"]);
    let input = drop.files.write("drop.csv", csv(1, |_| false));
    for _ in 0..5 {
        let ended = drop.run(&["run", &input]);
        assert_eq!(ended.out, "1 row: 1 unknown\n", "{ended:?}");
    }
    let ended = drop.run(&["run", &input]);
    assert_eq!(ended.out, "1 row: 1 parked\n", "{ended:?}");
    let parked = "1 row is parked: it could not be sent, or got no response, five times. The next `bulk run` tries again.\n";
    assert!(ended.err.ends_with(parked), "{ended:?}");
    let status = drop.run(&["status"]);
    assert_eq!(status.err, parked);
    assert_eq!((ended.code, status.code), (Some(5), Some(5)), "{status:?}");
    let explained = crate::run(&["explain", "exit-5"]).out;
    assert!(explained.contains("some are parked"), "{explained}");
    assert_eq!(drop.created(), 5);
}

#[test]
fn every_command_says_how_many_rows_only_a_person_can_decide_about() {
    let drop = Drop::new(&["--faults", "create->before.reset@n=2"]);
    let card = S2S.replace("02/2025", "02/2035");
    let rows = [1, 2, 3].map(|n| card.replace("jane@", &format!("jane{n}@")) + "\n");
    let run = ["run", "-", "--mode", "s2s", "--concurrency", "1"];
    let ended = end(&mut drop.bulk(&run), &rows.concat());
    assert_eq!(ended.out, "3 rows: 2 accepted, 1 unknown\n", "{ended:?}");
    let journal = drop.files.path("drop.journal");
    let unknown = format!("nft-invoice bulk unknown --journal {}\n", journal.display());
    let decide = format!("Only you can decide about those that it does not find: {unknown}");
    for ended in [&ended, &drop.run(&["status"])] {
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(
            ended.err.contains("1 row may have been charged"),
            "{ended:?}"
        );
        assert!(ended.err.ends_with(&decide), "{ended:?}");
    }
    let reconciled = drop.run(&["reconcile", "--format", "json"]);
    let expected = format!(
        "Of 1 row no invoice was found, and no card is sent again by itself. A later reconciliation can still find one; \
         otherwise only you can decide: {unknown}"
    );
    assert_eq!(reconciled.err, expected, "{reconciled:?}");
    assert_eq!(reconciled.object()["needs_person"], 1);
    assert_eq!(drop.status()["needs_person"], 1);
    let listed = copied(&drop, reconciled.err.lines().last().unwrap());
    assert_eq!(listed.code, Some(5), "{listed:?}");
    assert!(listed.out.contains(" unknown\n"), "{listed:?}");
    assert!(
        listed.err.starts_with("Only you can decide about 1 row."),
        "{listed:?}"
    );
    let reference = listed.out.split_whitespace().nth(1).unwrap();
    let decided = drop.run(&["unknown", "--not-charged", reference, "--reason", "asked"]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    // The row waits for its card.
    let status = drop.run(&["status"]);
    let waits = "1 row is still to be sent: run the same `bulk run` again.\n";
    assert_eq!((status.code, &*status.err), (Some(8), waits), "{status:?}");
    let again = end(&mut drop.bulk(&run), &rows.concat());
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(drop.run(&["status"]).code, Some(0));
}

#[test]
fn cards_come_from_a_pipe_and_reach_no_file() {
    let drop = Drop::new(&["--faults", "create->after.reset@n=2"]);
    let rows: String = (1..=3)
        .map(|n| {
            S2S.replace("jane@", &format!("jane{n}@"))
                .replace("02/2025", "12/2030")
                + "\n"
        })
        .collect();
    let file = drop.files.write("cards.ndjson", &rows);
    let run = ["run", "--mode", "s2s", "--concurrency", "1"];
    let refused = drop.run(&[&run[..], &[&file]].concat());
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("--allow-cleartext-input"),
        "{refused:?}"
    );
    std::fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        let ended = end(&mut drop.bulk(&[&run[..], &["-"]].concat()), &rows);
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert_eq!(ended.out, "3 rows: 2 accepted, 1 unknown\n");
        assert_eq!(drop.created(), 3, "no card is sent twice");
    }
    let reconciled = drop.run(&["reconcile"]);
    assert_eq!(reconciled.code, Some(0), "{reconciled:?}");
    assert!(
        reconciled.out.contains("3 rows: 3 accepted"),
        "{reconciled:?}"
    );
    search(drop.files.0.path(), &[CARD, CODE, "card_ccv"]);
    let key = drop.sandbox.facts["api_key"].as_str().unwrap();
    search(drop.files.0.path(), &[key]);
    let other = drop.run(&["run", &drop.files.write("drop.csv", csv(1, |_| false))]);
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.err.contains("--mode s2s"), "{other:?}");
}

#[test]
fn cards_in_csv_are_those_of_ndjson() {
    let drop = Drop::new(&["--faults", "create->before.reset@n=2"]);
    let card: Value = serde_json::from_str(&S2S.replace("02/2025", "12/2030")).unwrap();
    let card = card.as_object().unwrap();
    let cell = |value: &Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value["name"].as_str().unwrap().to_owned(),
    };
    let names = card.keys().map(|name| match name.as_str() {
        "ipfsMetadata" => "ipfsMetadata.name",
        name => name,
    });
    let names: Vec<_> = names.collect();
    let row = |email: &str| {
        let cells = card.iter().map(|(name, value)| match name.as_str() {
            "email" => email.to_owned(),
            _ => cell(value),
        });
        cells.collect::<Vec<_>>().join(",")
    };
    let emails = ["jane1@shop.example", "nobody", "jane2@shop.example"];
    let text = format!("{}\n{}\n", names.join(","), emails.map(row).join("\n"));
    let run = ["run", "--mode", "s2s", "--concurrency", "1"];
    let piped = |input: &str, format: &[&str]| {
        let arguments = [&run[..], format, &["-"]].concat();
        end(&mut drop.bulk(&arguments), input)
    };
    let ended = piped(&text, &["--csv"]);
    let states = "3 rows: 1 accepted, 1 rejected, 1 unknown\n";
    assert_eq!((ended.code, &*ended.out), (Some(5), states), "{ended:?}");
    // A file needs permission, and its name says what it is. No card is sent again.
    let file = drop.files.write("cards.csv", &text);
    let refused = drop.run(&[&run[..], &[&file]].concat());
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let fix = drop.files.path("fix.csv");
    let options = [
        "--allow-cleartext-input",
        "--rejected",
        fix.to_str().unwrap(),
        &file,
    ];
    let ended = drop.run(&[&run[..], &options].concat());
    assert_eq!((ended.code, &*ended.out), (Some(5), states), "{ended:?}");
    std::fs::remove_file(&file).unwrap();
    // The same rows as NDJSON are known, whatever they were read from.
    let rows =
        ["jane1@", "jane2@"].map(|name| S2S.replace("02/2025", "12/2030").replace("jane@", name));
    let ended = piped(&rows.join("\n"), &["--add"]);
    assert!(ended.err.contains("0 rows new, 2 known"), "{ended:?}");
    assert_eq!(drop.created(), 1);
    search(drop.files.0.path(), &[CARD, CODE]);
    // What is decided is sent with the card of the table.
    let reference = drop.run(&["unknown", "--format", "json"]).object()["reference"].clone();
    let reference = reference.as_str().unwrap();
    let decided = drop.run(&["unknown", "--not-charged", reference, "--reason", "asked"]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    let ended = piped(&text, &["--csv"]);
    assert_eq!(ended.out, "3 rows: 2 accepted, 1 rejected\n", "{ended:?}");
    let mut info = drop
        .sandbox
        .client(&["history", "--all", "--format", "json"]);
    let invoices = end(&mut info, "").objects();
    assert!(
        invoices
            .iter()
            .all(|invoice| invoice["status"] != "invoice:created"),
        "{invoices:?}"
    );
}

/// Searches every file of a folder for secrets.
fn search(folder: &Path, secrets: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let is_there = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!is_there, "{secret} is in {}", path.display());
        }
    }
}

#[test]
fn the_same_command_goes_on_after_a_kill() {
    let mut drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(400, |_| false));
    let run = ["run", input.as_str(), "--concurrency", "4"];
    let mut child = drop
        .bulk(&run)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It says when the input is in the journal; then it sends.
    let mut notes = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    notes.read_line(&mut line).unwrap();
    assert!(line.contains("400 rows new"), "{line}");
    drop.wait_until_created(20);
    child.kill().unwrap();
    child.wait().unwrap();
    let status = drop.status();
    assert_eq!(status["total"], 400);
    assert_ne!(status["accepted"], 400, "{status}");
    let ended = drop.run(&run);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "400 rows: 400 accepted\n");
}

#[test]
fn a_run_that_is_killed_leaves_at_most_twice_its_concurrency_unknown() {
    let mut drop = Drop::new(&["--faults", "create->after.hang"]);
    let input = drop.files.write("drop.csv", csv(9, |_| false));
    let mut child = drop
        .bulk(&["run", &input, "--concurrency", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop.wait_until_created(2);
    let running = drop.run(&["status"]);
    let claimed = "4 rows are claimed by a process, which sends them.\n";
    assert!(running.err.contains(claimed), "{running:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let status = drop.status();
    assert_eq!(
        (&status["unknown"], &status["prepared"]),
        (&4.into(), &5.into()),
        "{status}"
    );
}

#[test]
fn ctrl_c_stops_after_the_requests_that_are_under_way() {
    let mut drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(400, |_| false));
    let mut child = drop
        .bulk(&["run", &input, "--concurrency", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop.wait_until_created(20);
    interrupt(&child);
    let code = child.wait().unwrap().code();
    let mut notes = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut notes).unwrap();
    assert_eq!(code, Some(8), "{notes}");
    assert!(
        notes.contains("Run the same command again to go on."),
        "{notes}"
    );
    let status = drop.status();
    assert_eq!(
        (&status["in_flight"], &status["unknown"]),
        (&0.into(), &0.into()),
        "{status}"
    );
    assert_eq!(status["accepted"], drop.created());
}

#[test]
fn an_account_that_may_not_create_halts_the_run_with_the_reason() {
    let drop = Drop::new(&["--faults", "create->error(50008)"]);
    let input = drop.files.write("drop.csv", csv(50, |_| false));
    let ended = drop.run(&["run", &input, "--concurrency", "2"]);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert_eq!(ended.out, "50 rows: 50 prepared\n");
    assert!(
        ended.err.contains("wallet is still being validated"),
        "{ended:?}"
    );
    assert!(
        ended
            .err
            .contains("Wait for the gateway's confirmation e-mail."),
        "{ended:?}"
    );
}

#[test]
fn a_run_with_a_wrong_key_shows_what_to_correct_before_it_goes_on() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(3, |_| false));
    let ended = end(
        drop.bulk(&["run", &input])
            .env("NFT_INVOICE_API_KEY", "key-of-another-shop"),
        "",
    );
    assert_eq!(ended.code, Some(8), "{ended:?}");
    let last = ended.err.lines().last().unwrap();
    assert_eq!(
        last,
        "Compare the API key with the one in the profile's API block. Then run the same command again to go on."
    );
    assert!(!ended.err.contains("key-of-another-shop"), "{ended:?}");
}

/// Runs a command that a note has shown, as a person who copies it into a shell.
fn copied(drop: &Drop, note: &str) -> crate::Ended {
    let (_, command) = note.split_once("nft-invoice ").unwrap();
    let program = drop.bulk(&[]);
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            &format!("'{}' {command}", env!("CARGO_BIN_EXE_nft-invoice")),
        ])
        .env_clear();
    for (name, value) in program.get_envs() {
        if let (Some(value), false) = (value, name == "NFT_INVOICE_JOURNAL") {
            shell.env(name, value);
        }
    }
    end(&mut shell, "")
}

#[test]
fn a_shown_command_can_be_copied_when_the_journal_has_a_difficult_name() {
    let drop = Drop::new(&["--faults", "create->after.reset@n=2"]);
    let card = S2S.replace("02/2025", "02/2035");
    for (mode, input, command) in [
        ("hosted", crate::HOSTED, "export"),
        ("s2s", &card, "reconcile"),
    ] {
        let journal = drop.files.path(&format!("Jane's drop ({mode}).journal"));
        let journal = journal.to_str().unwrap();
        let run = ["run", "-", "--mode", mode, "--journal", journal];
        let ended = end(&mut drop.bulk(&run), input);
        let note = ended.err.lines().find(|line| line.contains(command));
        let ended = copied(&drop, note.expect(&ended.err));
        assert_eq!(ended.code, Some(0), "{note:?}: {ended:?}");
    }
}

#[test]
fn a_journal_has_one_writer_at_a_time_and_is_not_made_by_reading() {
    let mut drop = Drop::new(&[]);
    let missing = drop.run(&["status"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.contains("there is no journal"), "{missing:?}");
    assert!(!drop.files.path("drop.journal").exists());
    let input = drop.files.write("drop.csv", csv(400, |_| false));
    let mut child = drop
        .bulk(&["run", &input, "--rate", "20"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop.wait_until_created(2);
    let second = drop.run(&["run", &input]);
    assert_eq!(second.code, Some(2), "{second:?}");
    assert!(
        second.err.contains("another process uses the journal"),
        "{second:?}"
    );
    // Whoever only reads can do so meanwhile.
    let status = drop.status();
    let states = status.as_object().unwrap().iter();
    let rows = states.filter(|(name, _)| *name != "total");
    let sum: u64 = rows.map(|(_, count)| count.as_u64().unwrap()).sum();
    assert_eq!((sum, &status["total"]), (400, &400.into()), "{status}");
    assert_ne!(status["accepted"], 400, "{status}");
    let report = drop.files.path("report.html");
    for (arguments, code) in [
        (&["unknown"][..], 0),
        (&["doctor"], 0),
        (&["report", "--output", report.to_str().unwrap()], 0),
        (&["export"], 2),
    ] {
        let ended = drop.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    }
    assert!(child.try_wait().unwrap().is_none(), "the run goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::write(drop.files.path("drop.journal.mark"), "").unwrap();
    for arguments in [&["status"][..], &["export"], &["run", &input]] {
        let ended = drop.run(arguments);
        assert_eq!(ended.code, Some(7), "{ended:?}");
        assert!(ended.err.contains("contains no number"), "{ended:?}");
    }
}

#[test]
fn overwrites_neither_its_input_nor_its_journal() {
    let drop = Drop::new(&[]);
    let text = csv(3, |n| n == 1);
    let input = drop.files.write("drop.csv", text.clone());
    let ended = drop.run(&["run", &input, "--rejected", &input]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("--rejected names the input"));
    assert_eq!(std::fs::read_to_string(&input).unwrap(), text);

    assert_eq!(drop.run(&["run", &input]).code, Some(3));
    for name in ["drop.journal", "drop.journal.key", "drop.journal.mark"] {
        let path = drop.files.path(name);
        let file = path.to_str().unwrap();
        let before = std::fs::read(&path).unwrap();
        for arguments in [
            ["export", "--output", file].as_slice(),
            &["report", "--output", file],
            &["run", &input, "--rejected", file],
        ] {
            let ended = drop.run(arguments);
            assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
            assert!(ended.err.contains("belongs to the journal"), "{ended:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    assert_eq!(drop.status()["accepted"], 2);
}

#[test]
fn replaces_only_its_own_earlier_output() {
    let drop = Drop::new(&[]);
    let text = csv(2, |_| false);
    let input = drop.files.write("ok.csv", text.clone());
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    let rows = r#"{"id":7,"email":"c@shop.example","amount":"1.50"}"#.to_owned() + "\n";
    let lines = drop.files.write("rows.ndjson", rows.clone());
    let page = drop
        .files
        .write("page.html", "<!DOCTYPE html><html lang=\"en\">");
    for (command, file) in [
        ("export", &input),
        ("export", &lines),
        ("report", &input),
        ("report", &page),
    ] {
        let before = std::fs::read(file).unwrap();
        let ended = drop.run(&[command, "--output", file]);
        assert_eq!(ended.code, Some(2), "{command}: {ended:?}");
        assert!(ended.err.contains("another name"), "{ended:?}");
        assert_eq!(std::fs::read(file).unwrap(), before, "{command}");
    }
    for (command, name) in [
        ("export", "links.csv"),
        ("export", "links.ndjson"),
        ("report", "report.html"),
    ] {
        // Empty at first, and then what the command has written.
        let file = drop.files.write(name, "");
        for _ in 0..2 {
            let ended = drop.run(&[command, "--output", &file]);
            assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        }
        assert!(!std::fs::read(&file).unwrap().is_empty(), "{name}");
    }
}

#[test]
fn the_exit_code_shows_what_was_created_when_the_rejected_rows_cannot_be_written() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(3, |n| n == 1));
    let ended = drop.run(&["run", &input, "--rejected", "/no/such/folder/fix.csv"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains("cannot write the rejected rows"));
    assert!(ended.err.contains("drop.csv:3: /email: "), "{ended:?}");
}

#[test]
fn every_error_of_a_header_is_shown_at_once_and_case_makes_no_difference() {
    let drop = Drop::new(&[]);
    let input = drop
        .files
        .write("drop.csv", "emial,Amount,order\na@shop.example,1,2\n");
    let ended = drop.run(&["run", &input]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let error = format!(
        "error: cannot read {input}: the column emial (1) is not a field. Did you mean email? The column order (3) is not \
         a field of an invoice. Begin its name with # to leave it out; other fields can be sent from NDJSON\n"
    );
    assert_eq!(ended.err, error);
    let input = drop.files.write(
        "drop.csv",
        "Email;AMOUNT;#Order;IpfsMetadata.Name\nc@shop.example;1;2;One\nnobody;1;2;Two\n",
    );
    let fix = drop.files.path("fix.csv");
    let ended = drop.run(&["run", &input, "--rejected", fix.to_str().unwrap()]);
    assert_eq!(ended.out, "2 rows: 1 accepted, 1 rejected\n", "{ended:?}");
    let fix = std::fs::read_to_string(fix).unwrap();
    assert!(
        fix.starts_with(
            "email;amount;#Order;ipfsMetadata.Name;#line;#field;#reason;#replaces\nnobody;"
        ),
        "{fix}"
    );
}

#[test]
fn nothing_of_a_csv_file_that_is_not_utf_8_is_sent() {
    let drop = Drop::new(&[]);
    let text = csv(3, |_| false).replace("Lighthouse #1", "Z\u{fc}rich");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let input = drop.files.write("drop.csv", &latin);
    for arguments in [&["run", &input][..], &["run", &input, "--add"]] {
        let ended = drop.run(arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let error = "drop.csv: line 3 is not UTF-8. Save the file as UTF-8\n";
        assert!(ended.err.ends_with(error), "{ended:?}");
        assert_eq!(drop.status()["total"], 0);
    }
    let validated = end(&mut crate::program(&["validate", &input]), "");
    assert_eq!(validated.code, Some(2), "{validated:?}");
    assert!(
        validated.err.contains("line 3 is not UTF-8"),
        "{validated:?}"
    );
    drop.files.write("drop.csv", text);
    assert_eq!(drop.run(&["run", &input]).code, Some(0));

    // A pipe is read once, so only its row is rejected.
    let mut child = drop
        .bulk(&["run", "-", "--csv", "--add"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &latin).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"4 rows: 3 accepted, 1 rejected\n");
}

#[test]
fn an_input_without_rows_and_one_that_is_missing_are_errors() {
    let drop = Drop::new(&[]);
    let ended = drop.run(&["run", "/no/such/drop.csv"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(!drop.files.path("drop.journal").exists());
    let input = drop.files.write("drop.csv", csv(0, |_| false));
    let ended = drop.run(&["run", &input]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("contains no row"), "{ended:?}");
}

#[test]
fn an_input_of_another_format_is_named() {
    let drop = Drop::new(&[]);
    let table = csv(1, |_| false);
    let row = r#"{"email":"c@shop.example","amount":"1.50"}"#;
    let utf16: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, text, arguments, expected) in [
        ("-", table.as_bytes(), &[][..], "Add --csv"),
        ("drop.txt", table.as_bytes(), &[], "Add --csv"),
        ("-", row.as_bytes(), &["--csv"], "leave --csv out"),
        ("drop.csv", row.as_bytes(), &[], "leave --csv out"),
        (
            "drop.json",
            format!("[{row}]").as_bytes(),
            &[],
            "jq -c '.[]' FILE",
        ),
        (
            "drop.json",
            row.replace(',', ",\n").replace('{', "{\n").as_bytes(),
            &[],
            "jq -c . FILE",
        ),
        ("-", &utf16, &[], "UTF-16"),
        ("drop.csv", &utf16, &[], "UTF-16"),
        ("-", b"\x1f\x8b\x08\0\0", &["--csv"], "gunzip"),
        ("drop.csv", b"\x1f\x8b\x08\0\0", &[], "gunzip"),
        ("drop.csv", b"PK\x03\x04\x14\0", &[], "spreadsheet"),
    ] {
        let input = drop.files.path(name).display().to_string();
        let input = if name == "-" { name } else { &*input };
        std::fs::write(drop.files.path("bytes"), text).unwrap();
        if name != "-" {
            std::fs::write(input, text).unwrap();
        }
        let mut run = drop.bulk(&[&["run", input][..], arguments].concat());
        run.stdin(std::fs::File::open(drop.files.path("bytes")).unwrap());
        let ended = run.output().unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{name} {err}");
        let called = if input == "-" {
            "standard input"
        } else {
            input
        };
        let start = format!("error: cannot read {called}: it");
        assert!(
            err.starts_with(&start) && err.contains(expected),
            "{expected}: {err}"
        );
    }
    assert_eq!(drop.created(), 0);
}

#[test]
fn a_correction_that_leaves_rejected_rows_names_them() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(14, |n| n < 13));
    let fix = drop.files.path("fix.csv");
    let fix = fix.to_str().unwrap();
    assert_eq!(drop.run(&["run", &input, "--rejected", fix]).code, Some(3));
    // One of 13 is corrected, and the others are removed.
    let rejected = std::fs::read_to_string(fix).unwrap();
    let lines: Vec<_> = rejected.lines().take(2).collect();
    std::fs::write(fix, lines.join("\n").replace("nobody", "ok@shop.example")).unwrap();
    let ended = drop.run(&["run", fix, "--add", "--rejected", &format!("{fix}.2")]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let named = format!("  {input}:3: /email: Enter an e-mail address");
    assert!(ended.err.contains(&named), "{ended:?}");
    let more = "  and 2 more rejected rows: nft-invoice bulk export --journal ";
    assert!(ended.err.contains(more), "{ended:?}");
    let next = "run that input with --rejected FILE.";
    assert!(ended.err.contains(next), "{ended:?}");
    let ended = drop.run(&["run", &input, "--rejected", fix]);
    assert!(ended.err.contains("12 rows in "), "{ended:?}");
}

#[test]
fn an_export_has_the_format_of_its_name() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(1, |_| false));
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    for (name, format, first) in [
        ("links.csv", "text", "s"),
        ("links", "text", "s"),
        ("links.ndjson", "text", "{"),
        ("links", "json", "{"),
        ("links.txt", "json", "{"),
    ] {
        let path = drop.files.path(name);
        let arguments = [
            "export",
            "--format",
            format,
            "--output",
            path.to_str().unwrap(),
        ];
        let ended = drop.run(&arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(std::fs::read_to_string(path).unwrap().starts_with(first));
    }
    for name in ["links.txt", "links.json"] {
        let ended = drop.run(&[
            "export",
            "--output",
            drop.files.path(name).to_str().unwrap(),
        ]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("or add --ndjson"), "{ended:?}");
    }
    assert!(!drop.files.path("links.json").exists());
}

#[test]
fn a_breaker_after_the_last_row_ends_with_the_code_of_the_rows() {
    let drop = Drop::new(&["--faults", "create->before.reset"]);
    let card = S2S.replace("02/2025", "02/2035");
    let rows = |n| {
        (0..n)
            .map(|n| card.replace("jane@", &format!("jane{n}@")) + "\n")
            .collect::<String>()
    };
    let run = [
        "run",
        "-",
        "--mode",
        "s2s",
        "--concurrency",
        "1",
        "--format",
        "json",
    ];
    let ended = end(&mut drop.bulk(&run), &rows(3));
    assert_eq!(
        (ended.code, &ended.object()["halt"]),
        (Some(5), &Value::Null),
        "{ended:?}"
    );
    let reason = "3 unknown: connection reset while waiting for the response\n";
    assert!(ended.err.contains(reason), "{ended:?}");
    let halted = end(
        drop.bulk(&run)
            .arg("--add")
            .env("NFT_INVOICE_JOURNAL", drop.files.path("other")),
        &rows(4),
    );
    assert_eq!(halted.code, Some(8), "{halted:?}");
}

#[test]
fn s2s_rows_of_an_earlier_input_are_not_forgotten() {
    let drop = Drop::new(&["--faults", "create->error(50008)@n=1"]);
    let run = |n, options: &[&str]| {
        let card = S2S.replace("jane@", &format!("jane{n}@"));
        let arguments = [&["run", "--mode", "s2s", "-"], options].concat();
        end(
            &mut drop.bulk(&arguments),
            &card.replace("02/2025", "12/2030"),
        )
    };
    assert_eq!(run(1, &[]).code, Some(8));
    let ended = run(2, &["--add"]);
    assert_eq!(ended.out, "2 rows: 1 prepared, 1 accepted\n");
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.err.contains("1 row of other inputs"), "{ended:?}");
    let ended = run(1, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let exported = drop.run(&["export", "--ndjson"]).objects();
    let sources: Vec<_> = exported.iter().map(|row| &row["source"]).collect();
    assert_eq!(sources, ["-:1", "- (2):1"]);
}

#[test]
fn rows_of_two_files_with_one_name_are_told_apart() {
    let drop = Drop::new(&["--faults", "create[amount=3.50]->after.reset@first=1"]);
    // The same rows, with other ids.
    for folder in ["a", "b"] {
        let path = drop.files.path(folder);
        std::fs::create_dir(&path).unwrap();
        let id = folder.to_uppercase();
        let text = format!(
            "#id,email,amount\n{id}-1,c@shop.example,1.50\n{id}-2,nobody,2.50\n{id}-3,c@shop.example,3.50\n"
        );
        std::fs::write(path.join("drop.csv"), text).unwrap();
    }
    let run = |folder, options: &[&str]| {
        let arguments = [&["run", "drop.csv"], options].concat();
        let mut command = drop.bulk(&arguments);
        end(command.current_dir(drop.files.path(folder)), "")
    };
    assert_eq!(run("a", &[]).code, Some(5));
    let unknown = drop.run(&["unknown", "--format", "json"]);
    let unknown = &unknown.objects()[0];
    assert_eq!(
        (&unknown["id"], &unknown["source"]),
        (&"A-3".into(), &"drop.csv:4".into())
    );
    let shown = drop.run(&["unknown"]);
    assert!(shown.out.starts_with("drop.csv:4 (A-3): "), "{shown:?}");
    let stopped = run("b", &[]);
    assert_eq!(stopped.code, Some(2), "{stopped:?}");
    let expected = "With --add, this input is called drop.csv (2): the journal has another input with the name drop.csv.";
    assert!(stopped.err.contains(expected), "{stopped:?}");
    let added = run("b", &["--add", "--rejected", "fix.csv"]);
    assert_eq!(added.code, Some(3), "{added:?}");
    assert!(added.err.contains("drop.csv (2): 2 rows new"), "{added:?}");
    let fix = std::fs::read_to_string(drop.files.path("b/fix.csv")).unwrap();
    assert!(fix.contains("\nB-2,nobody,2.50,3,/email,"), "{fix}");
    // The first one has no other rows than before.
    let again = run("a", &[]);
    assert_eq!(again.code, Some(3), "{again:?}");
    assert_eq!(again.out, "6 rows: 4 accepted, 2 rejected\n");
    assert!(again.err.contains("drop.csv:3: /email"), "{again:?}");
    let exported = drop.run(&["export", "--ndjson"]).objects();
    let named: Vec<_> = exported
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row["source"].as_str().unwrap(),
                row["id"].as_str().unwrap()
            )
        })
        .collect();
    let expected = [
        "drop.csv:2 A-1",
        "drop.csv:3 A-2",
        "drop.csv:4 A-3",
        "drop.csv (2):2 B-1",
        "drop.csv (2):3 B-2",
        "drop.csv (2):4 B-3",
    ];
    assert_eq!(named, expected);
    let csv = drop.run(&["export"]);
    assert!(csv.out.contains("\ndrop.csv (2):2,B-1,"), "{csv:?}");
}

#[test]
fn a_second_drop_without_add_shows_all_counts_and_what_to_do() {
    let drop = Drop::new(&[]);
    let first = drop.files.write("first.csv", csv(2, |_| false));
    assert_eq!(drop.run(&["run", &first]).code, Some(0));
    let text = csv(3, |n| n == 2).replace("c1@", "second@");
    let second = drop.files.write("second.csv", text);
    let stopped = drop.run(&["run", &second]);
    assert_eq!(stopped.code, Some(2), "{stopped:?}");
    let counts = "Rows of the input: 1 known, 1 new, 1 invalid. Rows of the journal that are missing in it: 1\n";
    let third = drop.files.write("third.csv", csv(1, |_| true));
    let invalid = drop.run(&["run", &third]);
    assert_eq!(invalid.code, Some(2), "{invalid:?}");
    let others = "Rows of the input: 0 known, 0 new, 1 invalid. Rows of the journal that are missing in it: 2\n";
    for (ended, counts) in [(stopped, counts), (invalid, others)] {
        assert!(ended.err.contains(counts), "{ended:?}");
        assert!(
            ended
                .err
                .contains("If it is another input, such as a second drop, add --add"),
            "{ended:?}"
        );
    }
    assert_eq!(drop.run(&["run", &third, "--add"]).code, Some(3));
    assert_eq!(drop.created(), 2);
}

#[test]
fn an_id_with_a_card_number_is_invalid_and_not_shown() {
    let drop = Drop::new(&[]);
    let text = format!("#id,email,amount\n{CARD},c@shop.example,1.50\n,c@shop.example,2.50\n");
    let input = drop.files.write("drop.csv", text);
    let ended = drop.run(&["run", &input]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.out, "2 rows: 1 accepted, 1 rejected\n");
    assert!(
        ended
            .err
            .contains("drop.csv:2: /#id: Remove the card number"),
        "{ended:?}"
    );
    let exported = drop.run(&["export"]);
    std::fs::remove_file(&input).unwrap();
    search(drop.files.0.path(), &[CARD]);
    for ended in [ended, exported] {
        assert!(!format!("{ended:?}").contains(CARD), "{ended:?}");
    }
}

/// Asserts that a run that was interrupted before it has sent anything says how to go on.
fn assert_stopped(child: std::process::Child) {
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(8), "{notes}");
    let last = "Stopped before this run has sent anything. Run the same command again to go on.\n";
    assert_eq!(notes, last);
}

#[test]
fn ctrl_c_in_the_first_moments_says_how_to_go_on() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(3, |_| false));
    // The key comes from a pipe: once that is open, the command has begun.
    let key = drop.files.path("key");
    let made = Command::new("mkfifo").arg(&key).status().unwrap();
    assert!(made.success());
    let start = |arguments: &[&str]| {
        let mut run = drop.bulk(&[&["run", &input], arguments].concat());
        run.stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut run = drop.bulk(&["run", &input, "--api-key-file", key.to_str().unwrap()]);
    run.env_remove("NFT_INVOICE_API_KEY").stderr(Stdio::piped());
    let child = run.spawn().unwrap();
    let writer = std::fs::OpenOptions::new().write(true).open(&key).unwrap();
    assert_stopped(child);
    std::mem::drop(writer);
    assert!(!drop.files.path("drop.journal").exists());

    // A database that accepts the connection and says nothing more.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://shop@{}/drop", silent.local_addr().unwrap());
    let key = drop.files.path("drop.key");
    let child = start(&[
        "--journal",
        &url,
        "--journal-key-file",
        key.to_str().unwrap(),
    ]);
    let connection = silent.accept().unwrap();
    assert_stopped(child);
    std::mem::drop(connection);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_for_an_input() {
    let drop = Drop::new(&[]);
    let pipe = drop.files.path("pipe.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let child = drop
        .bulk(&["run", pipe.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A header and no row: once the pipe takes it, the input is being read.
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::io::Write::write_all(&mut writer, b"email").unwrap();
    assert_stopped(child);
    assert_eq!(drop.status()["total"], 0);
}

#[test]
fn reports_that_nothing_can_be_sent_while_it_tries_again() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(3, |_| false));
    // Nothing listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    std::mem::drop(free);
    let mut child = drop
        .bulk(&["run", &input, "--base-url", &url])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let notes = BufReader::new(child.stderr.take().unwrap());
    let note = notes
        .lines()
        .map(Result::unwrap)
        .find(|line| line.contains("Nothing can be sent"))
        .unwrap();
    assert!(note.ends_with("Trying again for 5 minutes."), "{note}");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(8));
    assert_eq!(drop.status()["prepared"], 3);
}

#[test]
fn the_readme_shows_what_the_commands_print() {
    let drop = Drop::new(&[]);
    drop.files.write(
        "drop.csv",
        include_str!("../../../../examples/invoices/drop.csv"),
    );
    let readme = include_str!("../../../../README.md");
    let (_, section) = readme.split_once("## Bulk creation").unwrap();
    let transcript = section
        .split("```")
        .nth(1)
        .unwrap()
        .strip_prefix("text\n")
        .unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_nft-invoice"))
        .parent()
        .unwrap();
    let path = format!("{}:/usr/bin:/bin", program.display());
    let mut printed = String::new();
    for command in transcript
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
    {
        let mut shell = drop.sandbox.client(&[]);
        let variables: Vec<_> = shell
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
            .collect();
        shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec 2>&1; {command}")])
            .env_clear()
            .envs(variables);
        let ended = end(
            shell.env("PATH", &path).current_dir(drop.files.0.path()),
            "",
        );
        printed += &format!("$ {command}\n{}", ended.out);
    }
    assert_eq!(printed, transcript);
}

/// The files of a folder that are neither a journal's nor `expected`.
fn other_files(folder: &Path, expected: &[&str]) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.contains("journal") && !expected.contains(&name.as_str()))
        .collect()
}

#[test]
fn an_export_that_fails_leaves_the_file_as_it_was() {
    let mut drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(600, |n| n == 599));
    let mut child = drop
        .bulk(&["run", &input, "--rate", "20"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop.wait_until_created(2);
    const HEADER: &str = "source,id,reference,state,redirect_url,reason\n";
    let links = drop.files.write("links.csv", HEADER);
    let export = ["export", "--output", &links];
    let untouched = |ended: &crate::Ended| {
        assert_eq!(std::fs::read_to_string(&links).unwrap(), HEADER);
        let others = other_files(drop.files.0.path(), &["drop.csv", "links.csv"]);
        assert!(others.is_empty(), "{others:?}: {ended:?}");
    };
    for arguments in [&export[..], &["export"], &["export", "--ndjson"]] {
        let ended = drop.run(arguments);
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
        assert!(ended.err.contains("another process uses"), "{ended:?}");
        untouched(&ended);
    }
    child.kill().unwrap();
    child.wait().unwrap();

    // A late row is damaged, and rows are read 500 at a time.
    assert_eq!(drop.run(&["run", &input]).code, Some(3));
    let rows = drop.run(&["export", "--ndjson"]).objects();
    let reference = rows[598]["reference"].as_str().unwrap().as_bytes();
    let journal = drop.files.path("drop.journal");
    let whole = std::fs::read(&journal).unwrap();
    let mut damaged = whole.clone();
    for at in 0..whole.len() {
        if whole[at..].starts_with(reference) {
            damaged[at] = b'!';
        }
    }
    std::fs::write(&journal, damaged).unwrap();
    let ended = drop.run(&export);
    assert_eq!(ended.code, Some(7), "{ended:?}");
    untouched(&ended);

    std::fs::write(&journal, whole).unwrap();
    let ended = drop.run(&export);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let exported = std::fs::read_to_string(&links).unwrap();
    assert_eq!(exported.lines().count(), 601);
    assert_eq!(drop.run(&["export"]).out, exported);
}

#[test]
fn only_the_owner_can_read_an_output_and_it_can_be_a_link_or_a_device() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(1, |_| false));
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    let expected = drop.run(&["export"]).out;
    let file = drop.files.write("links.csv", "");
    let set = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let mode = |name: &str| {
        let metadata = drop.files.path(name).metadata().unwrap();
        metadata.permissions().mode() & 0o777
    };
    set(0o644);
    let link = drop.files.path("link.csv");
    symlink(&file, &link).unwrap();
    let export = |name: &str| {
        let path = drop.files.path(name);
        drop.run(&["export", "--output", path.to_str().unwrap()])
    };
    assert_eq!(export("link.csv").code, Some(0));
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
    assert_eq!(mode("links.csv"), 0o600);
    assert_eq!(export("new.csv").code, Some(0));
    assert_eq!(mode("new.csv"), 0o600);
    let pipe = drop.files.path("pipe.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(export("pipe.csv").code, Some(0));
    assert_eq!(reader.join().unwrap(), expected);
    assert!(!pipe.is_file());
    let report = drop.files.write("report.html", "");
    let invalid = drop.files.write("invalid.csv", csv(1, |_| true));
    let fix = drop.files.write("fix.csv", "old");
    for path in [&report, &fix] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let ended = drop.run(&["report", "--output", &report]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = drop.run(&["run", &invalid, "--add", "--rejected", &fix]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!((mode("report.html"), mode("fix.csv")), (0o600, 0o600));
}

#[test]
fn a_file_that_is_being_corrected_is_kept() {
    let drop = Drop::new(&[]);
    let input = drop.files.write("drop.csv", csv(4, |n| n % 2 == 1));
    let fix = drop.files.path("fix.csv");
    let run = ["run", &input, "--rejected", fix.to_str().unwrap()];
    let contents = |name: &str| std::fs::read_to_string(drop.files.path(name)).unwrap();
    assert_eq!(drop.run(&run).code, Some(3));
    let first = contents("fix.csv");
    // The same contents are no reason for another file.
    let again = drop.run(&run);
    assert!(again.err.contains("2 rows in "), "{again:?}");
    assert!(!drop.files.path("fix.csv.1").exists(), "{again:?}");

    let half = first.replacen("nobody", "ok@shop.example", 1);
    for number in 1..3 {
        std::fs::write(&fix, format!("{half}{number}")).unwrap();
        let ended = drop.run(&run);
        let note = format!(
            "fix.csv had other contents, which are in {}.{number} now.",
            fix.display()
        );
        assert!(ended.err.contains(&note), "{ended:?}");
        assert_eq!(
            contents(&format!("fix.csv.{number}")),
            format!("{half}{number}")
        );
        assert_eq!(contents("fix.csv"), first);
    }

    // An input is never replaced, whatever its name.
    std::fs::write(&fix, &half).unwrap();
    let alias = drop.files.path("alias.csv");
    std::os::unix::fs::symlink(&fix, &alias).unwrap();
    let fix = fix.to_str().unwrap();
    for input in [fix, alias.to_str().unwrap()] {
        let ended = drop.run(&["run", input, "--add", "--rejected", fix]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended.err.contains("--rejected names the input"),
            "{ended:?}"
        );
    }
    assert_eq!(contents("fix.csv"), half);
}

#[test]
fn rows_from_a_pipe_have_no_file_to_correct() {
    let drop = Drop::new(&[]);
    let fix = drop.files.path("fix.csv");
    let mut run = drop.bulk(&["run", "-", "--csv", "--rejected", fix.to_str().unwrap()]);
    let ended = end(&mut run, &csv(2, |n| n == 1));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("cannot be a pipe"), "{ended:?}");
    assert!(!drop.files.path("drop.journal").exists());
    let ended = end(&mut drop.bulk(&["run", "-", "--csv"]), &csv(2, |n| n == 1));
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.err.contains("-:3: /email: Enter an e-mail"),
        "{ended:?}"
    );
    let advice = "correct them where they come from, and pipe the input again.\n";
    let other = drop
        .files
        .write("other.csv", csv(1, |_| false).replace("c0@", "other@"));
    let added = drop.run(&["run", &other, "--add"]);
    for ended in [ended, added] {
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.err.contains(advice), "{ended:?}");
        assert!(!ended.err.contains("--rejected"), "{ended:?}");
    }
    let help = crate::run(&["bulk", "run", "--help"]).out;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("cannot be a pipe"), "{help}");
}

#[test]
fn a_file_without_rejected_rows_is_neither_written_nor_recommended() {
    let drop = Drop::new(&["--faults", "create->error(50005)@n=1"]);
    let input = drop.files.write("drop.csv", csv(3, |_| false));
    assert_eq!(drop.run(&["run", &input]).code, Some(3));
    // The row that is rejected is one of another input.
    let other = drop
        .files
        .write("other.csv", csv(1, |_| false).replace("c0@", "other@"));
    let fix = drop.files.path("fix.csv");
    let run = ["run", &other, "--add", "--rejected", fix.to_str().unwrap()];
    let ended = drop.run(&run);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains("is rejected, so "), "{ended:?}");
    assert!(!ended.err.contains("Correct that file"), "{ended:?}");
    assert!(!fix.exists());
    std::fs::write(&fix, "of yesterday").unwrap();
    let ended = drop.run(&run);
    assert!(
        ended.err.contains("fix.csv is from an earlier run"),
        "{ended:?}"
    );
    assert_eq!(std::fs::read_to_string(&fix).unwrap(), "of yesterday");
}
