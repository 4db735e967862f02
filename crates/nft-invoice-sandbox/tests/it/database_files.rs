//! The database file: ownership, permissions, contents and write failures.

use std::fs;
use std::path::{Path, PathBuf};

use nft_invoice_sandbox::{
    DatabaseError, Sandbox, SandboxBuilder, StartError, TestCard, recover_database,
};
use tempfile::{TempDir, tempdir};

use crate::client::{create, hosted, page_of, press, s2s, start};
use crate::database_format::{self, ROWS, rows, titled};

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

    let named = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    for foreign in [
        named("text", b"Dear diary"),
        named("long", &[b'x'; 10_000]),
        named("lines", &b"a line\n".repeat(2_000)),
        named("database", b"SQLite format 3\0"),
        named("similar", b"nft-invoice bulk 1"),
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

#[cfg(unix)]
#[test]
fn reads_and_creates_files_only() {
    let (folder, path) = file();
    // Neither waits for a writer, nor reads without end.
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for other in [&pipe, Path::new("/dev/zero"), folder.path()] {
        let error = rejected(other);
        assert!(matches!(error, DatabaseError::Foreign), "{error:?}");
        let error = recover_database(other, &path).unwrap_err();
        assert!(matches!(error, DatabaseError::Foreign), "{error:?}");
    }
    // Names that another program may have prepared are not used, and a link is not replaced.
    let victim = folder.path().join("victim");
    fs::write(&victim, "a letter").unwrap();
    let new = folder
        .path()
        .join(format!("{}-new", path.file_name().unwrap().display()));
    std::os::unix::fs::symlink(&victim, new).unwrap();
    filled(&path);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "a letter");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("missing"), &link).unwrap();
    assert!(matches!(rejected(&link), DatabaseError::Failed(_)));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn rejects_a_newer_version_and_leaves_it_unchanged() {
    let (folder, path) = file();
    filled(&path);
    let newer = titled("nft-invoice sandbox database 2 with other heads");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, newer.repeat(2) + &text[ROWS..]).unwrap();
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
    for (from, to, says) in [
        ("CREATED", "SPLIT", "unknown variant `SPLIT`"),
        ("\"created\"", "\"refunded\"", "unknown variant `refunded`"),
        (":{", ":[", "at character"),
        ("[", "", "at character"),
    ] {
        let (_folder, path) = file();
        filled(&path);
        let mut rows = rows(&path);
        rows[1] = rows[1].replacen(from, to, 1);
        database_format::write(&path, &rows);
        let error = rejected(&path);
        assert!(
            matches!(error, DatabaseError::Row { number: 2, .. }),
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
    assert_eq!(found.len(), 1, "{found:?}");
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
