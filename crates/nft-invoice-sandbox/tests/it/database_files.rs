//! The database file: ownership, permissions, contents and write failures.

use std::fs;
use std::path::{Path, PathBuf};

use nft_invoice_sandbox::{
    Activity, AdvanceError, CallbackSink, DatabaseError, DeliveryState, Outcome, Sandbox,
    SandboxBuilder, SinkResponse, StartError, TestCard, days,
};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};

use crate::client::{create, hosted, open, page_of, press, s2s, start};

fn in_file(path: &Path) -> SandboxBuilder {
    Sandbox::builder().database(path)
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a sandbox's #1?mode=ro%20.db");
    (folder, path)
}

#[track_caller]
fn rejected(path: &Path) -> DatabaseError {
    match in_file(path).start_blocking() {
        Err(StartError::Database {
            path: named,
            source,
        }) => {
            assert_eq!(named, path);
            source
        }
        other => panic!("started, or failed differently: {other:?}"),
    }
}

/// Changes the file while no sandbox uses it.
fn tamper(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Makes the checksums of changed entries valid.
pub fn seal(path: &Path) {
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let mut all = transaction
        .prepare("SELECT number, entry FROM log ORDER BY number")
        .unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows: Vec<(i64, String)> = rows.unwrap().map(Result::unwrap).collect();
    drop(all);
    let mut checksum = [0; 32];
    for (number, entry) in rows {
        let digest = Sha256::new()
            .chain_update(checksum)
            .chain_update(number.to_be_bytes())
            .chain_update(entry);
        checksum = digest.finalize().into();
        let update = "UPDATE log SET checksum = ?2 WHERE number = ?1";
        transaction.execute(update, (number, checksum)).unwrap();
    }
    let update = "UPDATE head SET checksum = ?1";
    transaction.execute(update, (checksum,)).unwrap();
    transaction.commit().unwrap();
}

/// Fills a database with some entries.
fn filled(path: &Path) {
    let sandbox = start(in_file(path));
    create(&sandbox, &hosted());
    create(&sandbox, &s2s(TestCard::PAID.number));
}

#[test]
fn rejects_foreign_files_and_leaves_them_unchanged() {
    let (folder, path) = file();
    filled(&path);
    let own = fs::read(&path).unwrap();

    let other = folder.path().join("other.db");
    tamper(&other, "CREATE TABLE customers (name TEXT) STRICT");
    let in_wal = folder.path().join("wal.db");
    let keeper = Connection::open(&in_wal).unwrap();
    let mode: String = keeper
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    keeper
        .execute_batch("CREATE TABLE a (b); PRAGMA application_id = 7")
        .unwrap();
    let blank = folder.path().join("blank.db");
    tamper(&blank, "VACUUM");
    let named = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    for foreign in [
        other,
        in_wal,
        blank,
        named("text", b"Dear diary"),
        named("long", &[b'x'; 10_000]),
        named("head", b"SQLite format 3\0"),
    ] {
        let before = listing(folder.path());
        let error = rejected(&foreign);
        assert!(
            matches!(error, DatabaseError::Foreign),
            "{foreign:?}: {error:?}"
        );
        assert!(before == listing(folder.path()), "{foreign:?} was touched");
    }
    assert!(own == fs::read(&path).unwrap());
}

/// A folder in memory, where the system has one: a write waits for the disk otherwise.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempdir())
        .unwrap()
}

/// Every file of a folder: name, bytes, mode.
fn listing(folder: &Path) -> Vec<(PathBuf, Vec<u8>, fs::Permissions)> {
    let files = fs::read_dir(folder).unwrap().map(|file| {
        let path = file.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions();
        (path.clone(), fs::read(path).unwrap(), mode)
    });
    let mut files: Vec<_> = files.collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn rejects_a_newer_version_and_leaves_it_unchanged() {
    let (folder, path) = file();
    filled(&path);
    tamper(&path, "PRAGMA user_version = 2");
    let before = listing(folder.path());
    let error = rejected(&path);
    assert!(
        matches!(error, DatabaseError::Newer { version: 2 }),
        "{error:?}"
    );
    assert!(error.to_string().contains("version 2"), "{error}");
    assert!(before == listing(folder.path()), "it was touched");
}

#[test]
fn names_the_invalid_row() {
    for (change, says) in [
        (
            "json_replace(entry, '$.event.state', 'SPLIT')",
            "unknown variant `SPLIT`",
        ),
        (
            "replace(entry, '\"moved\"', '\"refunded\"')",
            "unknown variant `refunded`",
        ),
        ("substr(entry, 1, 20)", "at character"),
    ] {
        let (_folder, path) = file();
        filled(&path);
        tamper(
            &path,
            &format!("UPDATE log SET entry = {change} WHERE number = 3"),
        );
        seal(&path);
        let error = rejected(&path);
        assert!(
            matches!(error, DatabaseError::Row { number: 3, .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn rejects_a_second_sandbox_until_the_first_has_stopped() {
    let (_folder, path) = file();
    let first = start(in_file(&path));
    create(&first, &hosted());
    let invoice = first.invoices().only();
    for _ in 0..2 {
        let error = rejected(&path);
        assert!(matches!(error, DatabaseError::InUse), "{error:?}");
    }
    create(&first, &hosted());
    drop(first);

    let second = start(in_file(&path));
    assert_eq!(second.invoices().len(), 2);
    let late = invoice.checkout().decline().wait().unwrap_err().to_string();
    assert!(late.contains("stopped"), "{late}");
}

#[test]
fn reports_a_missing_folder() {
    let (folder, _) = file();
    let path = folder.path().join("no such folder").join("sandbox.db");
    let error = rejected(&path);
    assert!(matches!(error, DatabaseError::Failed(_)), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(unix)]
#[test]
fn is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let modes = |folder: &Path| {
        let all = listing(folder).into_iter();
        all.map(|(path, _, mode)| (path, mode.mode() & 0o777))
            .collect::<Vec<_>>()
    };
    let (folder, path) = file();
    let sandbox = start(in_file(&path));
    create(&sandbox, &hosted());
    let found = modes(folder.path());
    assert_eq!(found.len(), 2, "the file and its journal: {found:?}");
    assert!(found.iter().all(|(_, mode)| *mode == 0o600), "{found:?}");
    drop(sandbox);

    // Permissions for other users are removed, and none are added.
    for (before, after) in [(0o644, 0o600), (0o666, 0o600), (0o600, 0o600)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
        let sandbox = start(in_file(&path));
        create(&sandbox, &hosted());
        let found = modes(folder.path());
        assert!(
            found.iter().all(|(_, mode)| *mode == after),
            "{before:o}: {found:?}"
        );
    }
}

#[test]
fn never_contains_card_numbers_or_verification_codes() {
    let (folder, path) = file();
    let sandbox = start(in_file(&path));
    let code = "8317";
    for card in TestCard::all() {
        let mut body = s2s(card.number);
        body["card_ccv"] = code.into();
        assert_eq!(create(&sandbox, &body).code(), 0, "{card:?}");
        let page = page_of(&sandbox, &create(&sandbox, &hosted()));
        let fields = format!(
            "&card_number={}&card_expiry=12/2030&card_code={code}&cardholder=A",
            card.number
        );
        // A rejected number, in the form and in a request.
        press(
            &sandbox,
            &page,
            "pay",
            &fields.replace(card.number, "4929420573595709"),
        );
        assert_eq!(
            press(&sandbox, &page, "pay", &fields).status,
            303,
            "{card:?}"
        );
    }
    create(&sandbox, &s2s("4929420573595709"));
    let declining = || in_file(&path).assume("unknown-card", "decline");

    // As it is while it runs, and when it has stopped.
    look_for_numbers(folder.path(), code);
    drop(sandbox);
    let sandbox = start(declining());
    assert_eq!(create(&sandbox, &s2s("4929420573595709")).code(), 0);
    look_for_numbers(folder.path(), code);
    drop(sandbox);
    look_for_numbers(folder.path(), code);
}

#[track_caller]
fn look_for_numbers(folder: &Path, code: &str) {
    let files = listing(folder);
    let all: Vec<u8> = files.into_iter().flat_map(|(_, bytes, _)| bytes).collect();
    let holds = |text: &str| all.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("424242******4242"), "nothing was written");
    let numbers = TestCard::all().iter().map(|card| card.number);
    for secret in numbers.chain(["4929420573595709"]) {
        assert!(!holds(secret), "{secret} is in the file");
    }
    // Quoted, because tokens and signatures may contain the same digits.
    let alone = format!("\"{code}\"");
    assert!(!holds(&alone), "a verification code is in the file");
}

/// A database that is full after this many rows.
fn limited(path: &Path, rows: u32) {
    drop(start(in_file(path)));
    tamper(
        path,
        &format!(
            "CREATE TRIGGER full BEFORE INSERT ON log WHEN new.number > {rows}
             OR (SELECT count(*) FROM log) >= {rows}
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ),
    );
}

#[test]
fn changes_nothing_if_the_database_cannot_be_written() {
    let (_folder, path) = file();
    limited(&path, 2);
    let sandbox = start(in_file(&path));
    let mut activities = sandbox.subscribe();
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));

    // An S2S invoice is two rows, and there is place for one.
    sandbox.next_outcome(Outcome::Pending);
    let response = create(&sandbox, &s2s(TestCard::PAID.number));
    assert_eq!(response.status, 500, "{}", response.body);
    let says =
        "the database could not be written, so nothing was changed: database or disk is full";
    assert_eq!(response.json(), serde_json::json!({ "error": says }));
    assert_eq!(sandbox.invoices().len(), 1);
    let lines: Vec<_> = activities.drain().iter().map(ToString::to_string).collect();
    assert!(lines.iter().any(|line| line == says), "{lines:?}");

    // The second row: the page is opened. The third finds no place.
    let opened = open(&sandbox, &page);
    assert!(opened.body.contains("OPENED"));
    let pressed = press(&sandbox, &page, "decline", "");
    assert_eq!(pressed.status, 500);
    assert!(pressed.body.contains("disk is full"), "{}", pressed.body);
    let checkout = sandbox.invoices().only().checkout();
    let why = checkout.pay(TestCard::PAID).wait().unwrap_err();
    assert_eq!(why.to_string(), says);
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

    tamper(&path, "DROP TRIGGER full");
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
    let (_folder, path) = file();
    drop(start(in_file(&path)));
    tamper(
        &path,
        "CREATE TRIGGER picky BEFORE INSERT ON log WHEN new.entry LIKE '%555555******4444%'
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    );
    let sandbox = start(in_file(&path));
    let not_written = "5555555555554444";
    sandbox.next_outcome(Outcome::Pending);
    assert_eq!(create(&sandbox, &s2s(not_written)).status, 500);
    create(&sandbox, &s2s(TestCard::PAID.number));
    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.state.to_string(), "AWAITING_APPROVAL");

    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    let pay = |number| format!("&card_number={number}&card_expiry=12/2030");
    sandbox.next_outcome(Outcome::Pending);
    assert_eq!(press(&sandbox, &page, "pay", &pay(not_written)).status, 500);
    let paid = press(&sandbox, &page, "pay", &pay(TestCard::PAID.number));
    assert_eq!(paid.status, 303);
    assert_eq!(sandbox.invoices()[1].state.to_string(), "AWAITING_APPROVAL");
}

#[test]
fn repeats_an_attempt_after_a_restart_if_it_was_not_written() {
    let (_folder, path) = file();
    limited(&path, 1);
    let sink = CallbackSink::start().unwrap();
    sink.default_response(SinkResponse::Status(200));
    let started = || start(in_file(&path).callback(sink.url()));
    let sandbox = started();
    create(&sandbox, &hosted());
    sandbox.wait_callback("invoice:created").wait().unwrap();
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::Delivered);
    assert!(!sandbox.replay(1), "it cannot be written");
    drop(sandbox);

    tamper(&path, "DROP TRIGGER full");
    let sandbox = started();
    let mut activities = sandbox.subscribe();
    sandbox.wait_callback("invoice:created").wait().unwrap();
    let received = sink.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body);
    let lines = activities.drain();
    assert!(
        !lines
            .iter()
            .any(|one| matches!(one, Activity::WriteError(_)))
    );
}

/// The file was written by the program of version 1: five invoices, one in each of the ways an invoice is paid or not,
/// whose callbacks were refused.
#[test]
fn reads_a_database_of_version_1() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("version-1.db");
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/version-1.db");
    fs::copy(written, &path).unwrap();
    let sandbox = Sandbox::builder().database(&path).start_blocking().unwrap();
    let invoices: Vec<_> = sandbox
        .invoices()
        .iter()
        .map(|invoice| {
            (
                invoice.state.to_string(),
                invoice.mode().to_string(),
                invoice.reference().map(ToOwned::to_owned),
                invoice.card.as_ref().map(|card| card.masked().to_owned()),
            )
        })
        .collect();
    let row = |state: &str, mode: &str, reference: Option<&str>, card: Option<&str>| {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        (
            state.to_owned(),
            mode.to_owned(),
            owned(reference),
            owned(card),
        )
    };
    let order = Some("order-1");
    assert_eq!(
        invoices,
        [
            row("PAID", "hosted", order, Some("424242******4242")),
            row("OPENED", "hosted", None, None),
            row("CREATED", "S2S", order, Some("400000******3220")),
            row("FAILED", "S2S", order, Some("400000******9995")),
            row("PAID", "S2S", order, Some("424242******4242")),
        ]
    );
    assert!(sandbox.invoices()[2].is_challenged());
    assert_eq!(sandbox.deliveries().len(), 11);
    assert_eq!(sandbox.deliveries()[0].attempts.len(), 4);
}
