//! `bulk` with a journal in PostgreSQL, compared with the sandbox's own invoices.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nft_invoice::Reference;
use nft_invoice_sandbox::Sandbox;
use serde_json::Value;

use crate::postgres_server::Server;
use crate::{Ended, Files, end, program};

/// A drop on several machines: a database, a gateway, and the key's file.
struct Drop {
    server: Server,
    sandbox: Sandbox,
    files: Files,
    journal: String,
}

impl Drop {
    fn new() -> Self {
        let server = Server::start();
        let sandbox = Sandbox::builder().real_time().start_blocking();
        Self {
            journal: server.url("postgres"),
            server,
            sandbox: sandbox.expect("a sandbox"),
            files: Files::new(),
        }
    }

    /// Writes an input of rows from `first` to `last`.
    fn input(&self, name: &str, first: usize, last: usize) -> String {
        let row = |n| {
            format!(
                r#"{{"email":"c{n}@shop.example","amount":"{n}.50","devise":"USD","checkoutMode":"nft"}}"#
            )
        };
        let rows: Vec<String> = (first..=last).map(row).collect();
        self.files.write(name, rows.join("\n"))
    }

    fn bulk(&self, arguments: &[&str]) -> Command {
        let mut command = program(&["bulk"]);
        command
            .args(arguments)
            .env("NFT_INVOICE_BASE_URL", self.sandbox.base_url())
            .env("NFT_INVOICE_API_KEY", self.sandbox.api_key())
            .env("NFT_INVOICE_HISTORY_PATH", self.sandbox.history_path())
            .env("NFT_INVOICE_JOURNAL", &self.journal)
            .env("NFT_INVOICE_JOURNAL_KEY_FILE", self.files.path("key"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        end(&mut self.bulk(arguments), "")
    }

    /// Starts a process whose outcome is seen in the journal.
    fn start(&self, arguments: &[&str]) -> Worker {
        let mut command = self.bulk(arguments);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        Worker(quiet.stderr(Stdio::null()).spawn().unwrap())
    }

    fn status(&self) -> Value {
        let ended = self.run(&["status", "--format", "json"]);
        assert!(!matches!(ended.code, None | Some(2 | 7)), "{ended:?}");
        ended.object()
    }

    fn created(&self) -> usize {
        self.sandbox.invoices().len()
    }

    fn wait_until_created(&self, invoices: usize) {
        while self.created() < invoices {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// References and epochs of the gateway's invoices.
    fn ledger(&self) -> Vec<(String, u64)> {
        let invoices = self.sandbox.invoices();
        let tag = |data: &str| {
            let reference = Reference::find(data).expect("a reference");
            let data: Value = serde_json::from_str(data).expect("JSON");
            let data: Value = match data.as_str() {
                Some(text) => serde_json::from_str(text).expect("an object"),
                None => data,
            };
            let epoch = data["nftInvoiceAttempt"].as_u64().expect("an epoch");
            (reference.as_str().to_owned(), epoch)
        };
        let data = invoices
            .iter()
            .map(|invoice| tag(invoice.callback_json().expect("data")));
        data.collect()
    }
}

/// A process that ends with its value.
struct Worker(Child);

impl Worker {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    fn wait(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl std::ops::Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn three_processes_survive_a_kill_a_pause_past_the_lease_and_a_restart_of_the_server() {
    const ROWS: usize = 600;
    let drop = Drop::new();
    let plan = "create->after.delay(20ms..60ms)@p=1";
    drop.sandbox.set_faults(plan).unwrap();
    let input = drop.input("drop.ndjson", 1, ROWS);
    let options = ["--concurrency", "6", "--lease", "4"];
    let work = |input: &[&str]| drop.start(&[&["run"], input, &options].concat());
    let mut first = work(&[&input]);
    drop.wait_until_created(20);
    let (mut paused, mut killed) = (work(&[]), work(&[]));
    drop.wait_until_created(150);
    paused.signal("-STOP");
    drop.wait_until_created(200);
    killed.signal("-KILL");
    assert_eq!(killed.wait(), None);
    drop.wait_until_created(250);
    drop.server.kill();
    drop.server.resume();
    // The first process goes on until the leases of the others have ended.
    assert_eq!(first.wait(), Some(5));
    let status = drop.status();
    assert_eq!(status["total"], ROWS);
    assert_eq!(
        (&status["prepared"], &status["in_flight"]),
        (&0.into(), &0.into())
    );
    let unknown = status["unknown"].as_u64().unwrap();
    assert!(unknown > 0, "{status}");

    // What the paused process had claimed and not sent is not sent any more.
    let abandoned = drop.server.sql(
        "postgres",
        "SELECT reference || ' ' || epoch FROM nft_invoice_row WHERE state = 'unknown'",
    );
    let abandoned: HashSet<_> = abandoned
        .lines()
        .map(|line| {
            let (reference, epoch) = line.split_once(' ').unwrap();
            (reference.to_owned(), epoch.parse::<u64>().unwrap())
        })
        .collect();
    let before: HashSet<_> = drop.ledger().into_iter().collect();
    paused.signal("-CONT");
    paused.wait();
    let after: HashSet<_> = drop.ledger().into_iter().collect();
    for epoch in &abandoned {
        assert_eq!(before.contains(epoch), after.contains(epoch), "{epoch:?}");
    }

    // The next run sends again what nobody has seen a link of.
    let again = drop.run(&["run", &input]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(drop.status()["accepted"], ROWS);
    let ledger = drop.ledger();
    let epochs: HashSet<_> = ledger.iter().collect();
    assert_eq!(epochs.len(), ledger.len(), "no epoch has two invoices");
    let references: HashSet<_> = ledger.iter().map(|(reference, _)| reference).collect();
    assert_eq!(references.len(), ROWS);
    assert!(
        ledger.len() - ROWS <= unknown as usize,
        "orphans of unknown rows only"
    );
    let reconciled = drop.run(&["reconcile"]);
    assert_eq!(reconciled.code, Some(0), "{reconciled:?}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_restored_database_sends_nothing_that_was_sent_before() {
    let mut drop = Drop::new();
    let first = drop.input("first.ndjson", 1, 8);
    assert_eq!(drop.run(&["run", &first]).code, Some(0));
    drop.server.copy_database("postgres", "copy");
    let second = drop.input("second.ndjson", 9, 14);
    assert_eq!(drop.run(&["run", &second, "--add"]).code, Some(0));
    assert_eq!(drop.created(), 14);

    drop.journal = drop.server.url("copy");
    for arguments in [&["run", &second, "--add"][..], &["export"], &["doctor"]] {
        let refused = drop.run(arguments);
        assert_eq!(refused.code, Some(7), "{refused:?}");
        assert!(refused.err.contains("bulk reconcile"), "{refused:?}");
    }
    let reconciled = drop.run(&["reconcile"]);
    assert_eq!(reconciled.code, Some(5), "{reconciled:?}");
    let person = "Only you can decide about 6 rows: a link may have been handed out";
    assert!(reconciled.err.starts_with(person), "{reconciled:?}");
    let status = drop.status();
    assert_eq!(status["needs_person"], 6);
    assert_eq!(
        (&status["accepted"], &status["unknown"]),
        (&8.into(), &6.into())
    );
    // Their links may have been handed out, so a person decides.
    let again = drop.run(&["run", &second, "--add"]);
    assert_eq!(again.code, Some(5), "{again:?}");
    assert!(again.err.contains(person), "{again:?}");
    assert_eq!(drop.created(), 14);
    let third = drop.input("third.ndjson", 15, 16);
    drop.run(&["run", &third, "--add"]);
    assert_eq!(drop.created(), 16);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn an_input_whose_connection_is_lost_is_not_loaded_and_can_be_repeated() {
    let drop = Drop::new();
    let input = drop.input("drop.ndjson", 1, 2000);
    let lines = std::fs::read_to_string(&input).unwrap();
    let mut command = drop.bulk(&["run", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The first page is in the transaction, and the program waits for the rest.
    let page = lines.match_indices('\n').nth(1000).unwrap().0 + 1;
    stdin.write_all(&lines.as_bytes()[..page]).unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE state = 'idle in transaction' AND query LIKE 'INSERT INTO nft_invoice_seen%'";
    while drop.server.sql("postgres", cut) == "0" {
        thread::yield_now();
    }
    // It may have noticed already.
    let _ = stdin.write_all(&lines.as_bytes()[page..]);
    std::mem::drop(stdin);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(7), "{err}");
    assert!(err.contains("stores all of it or nothing"), "{err}");
    assert!(
        err.contains("Nothing more was sent. Run the same command again"),
        "{err}"
    );
    assert_eq!(
        (drop.status()["total"].as_u64(), drop.created()),
        (Some(0), 0)
    );
    let again = drop.run(&["run", &input]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(drop.created(), 2000);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_second_machine_needs_the_key_of_the_first() {
    let drop = Drop::new();
    let input = drop.input("drop.ndjson", 1, 3);
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    let other = drop.files.path("other");
    let mut command = drop.bulk(&["run", &input]);
    let refused = end(command.env("NFT_INVOICE_JOURNAL_KEY_FILE", &other), "");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("Copy the file"), "{refused:?}");
    assert!(!other.exists());
    assert_private(&drop.files.path("key"));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn doctor_warns_about_a_server_that_can_lose_what_it_has_stored() {
    let drop = Drop::new();
    let input = drop.input("drop.ndjson", 1, 1);
    assert_eq!(drop.run(&["run", &input]).code, Some(0));
    let healthy = drop.run(&["doctor"]);
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let line = format!("database {setting} is on\n");
        assert!(healthy.out.contains(&line), "{healthy:?}");
        drop.server.set(setting, "off");
        let doubtful = drop.run(&["doctor"]);
        assert_eq!(doubtful.code, Some(7), "{doubtful:?}");
        let line = format!("database {setting} is off: what was stored can be lost");
        assert!(doubtful.out.contains(&line), "{doubtful:?}");
        drop.server.set(setting, "on");
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_shown_command_can_be_copied() {
    let drop = Drop::new();
    let input = drop.input("drop.ndjson", 1, 2);
    let key = drop.files.path("key");
    let key = ["--journal-key-file", key.to_str().unwrap()];
    let journal = drop.journal.replace(":s3cret@", "@") + "?sslmode=disable&connect_timeout=9";
    for journal in [&[][..], &["--journal", &journal]] {
        let options = [&key, journal].concat();
        let mut run = drop.bulk(&[&["run", &input], &options[..]].concat());
        run.env_remove("NFT_INVOICE_JOURNAL_KEY_FILE");
        if !journal.is_empty() {
            // The server asks for no password.
            run.env_remove("NFT_INVOICE_JOURNAL");
        }
        let ended = end(&mut run, "");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let note = ended.err.lines().last().unwrap();
        let (_, command) = note.split_once("Links: nft-invoice ").unwrap();
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            &format!("'{}' {command}", env!("CARGO_BIN_EXE_nft-invoice")),
        ]);
        let variables = run.get_envs();
        shell
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))));
        let exported = end(&mut shell, "");
        assert_eq!(exported.code, Some(0), "{note}: {exported:?}");
        assert_eq!(exported.out.lines().count(), 3, "{exported:?}");
    }
    let given = drop.run(&["run", &input, "--journal", &drop.journal]);
    assert!(
        given.err.contains("export --journal postgres://shop@"),
        "{given:?}"
    );
    assert!(!given.err.contains("s3cret"), "{given:?}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn prints_no_password() {
    let drop = Drop::new();
    let input = drop.input("drop.ndjson", 1, 2);
    for arguments in [
        &["run", &input][..],
        &["run"],
        &["status"],
        &["reconcile"],
        &["unknown"],
        &["export"],
        &["doctor"],
        &["run", "--mode", "s2s", "-"],
    ] {
        for format in ["text", "json"] {
            let ended = drop.run(&[arguments, &["--verbose", "--format", format]].concat());
            let printed = format!("{}{}", ended.out, ended.err);
            assert!(!printed.contains("s3cret"), "{printed}");
        }
    }
    drop.server.kill();
    let lost = drop.run(&["status", "--verbose"]);
    assert_eq!(lost.code, Some(7), "{lost:?}");
    assert!(!lost.err.contains("s3cret"), "{lost:?}");
}

fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
