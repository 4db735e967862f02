//! Damaged files: a start has all entries, unchanged, or is rejected.

use std::fs;
use std::path::{Path, PathBuf};

use nft_invoice_sandbox::{
    CallbackSink, DatabaseError, InvoiceState, Sandbox, SinkResponse, StartError, TestCard, days,
    recover_database,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{create, hosted, s2s, start};
use crate::database_files::folder;
use crate::database_format::{ROWS, head, lines, rows, titled};

/// A database with entries of each kind, three of them invoices.
fn database() -> (TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sink = CallbackSink::start().unwrap();
    sink.next_responses((0..12).map(|_| SinkResponse::Status(500)));
    let sandbox = start(Sandbox::builder().callback(sink.url()).database(&path));
    create(&sandbox, &hosted());
    sandbox.reset().unwrap();
    create(&sandbox, &hosted());
    let hosted = sandbox.invoices().only();
    hosted.checkout().cancel().wait().unwrap();
    create(&sandbox, &s2s(TestCard::CHALLENGE.number));
    create(&sandbox, &s2s(TestCard::APPROVED.number));
    sandbox.advance(days(1)).wait().unwrap();
    assert!(sandbox.replay(1));
    sandbox.advance(days(1)).wait().unwrap();
    hosted.force_to(InvoiceState::Paid).unwrap();
    drop(sandbox);
    (folder, path)
}

/// The entries, if a sandbox starts with them.
fn entries(path: &Path) -> Result<Vec<String>, DatabaseError> {
    match Sandbox::builder().database(path).start_blocking() {
        Ok(sandbox) => drop(sandbox),
        Err(StartError::Database { source, .. }) => return Err(source),
        Err(other) => panic!("{other}"),
    }
    let row = |row: String| serde_json::from_str::<Vec<Value>>(&row).unwrap();
    let entries = rows(path).into_iter().flat_map(row);
    Ok(entries.map(|entry| entry.to_string()).collect())
}

/// Starts once with each variant of the file, and returns how many were rejected. The others have these entries.
#[track_caller]
fn starts(path: &Path, before: &[String], variants: impl Iterator<Item = Vec<u8>>) -> usize {
    let mut rejected = 0;
    for variant in variants {
        fs::write(path, variant).unwrap();
        match entries(path) {
            Ok(after) => assert!(after == before, "the data is different without a message"),
            Err(_) => rejected += 1,
        }
    }
    rejected
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn rejects_a_file_with_a_changed_bit_unless_no_data_is_affected() {
    let (_folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let bits = (0..bytes.len() * 8).step_by(397);
    let in_rows = bits.clone().filter(|bit| *bit >= ROWS * 8).count();
    let rejected = starts(&path, &before, bits.map(|bit| flip(&bytes, bit)));
    assert_eq!(rejected, in_rows);
}

#[test]
fn rejects_a_file_that_was_cut() {
    let (_folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let lengths = (0..bytes.len()).step_by(97).chain([bytes.len() - 1]);
    let variants = lengths.clone().map(|length| bytes[..length].to_vec());
    let rejected = starts(&path, &before, variants);
    assert_eq!(rejected, lengths.count());
}

/// A write adds a row, then replaces the older head. Each can be interrupted anywhere.
#[test]
fn undoes_an_interrupted_write() {
    let (_folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut all = rows(&path);
    all.push(r#"[{"replay":{"at":"2025-01-01T00:00:00Z","deliveries":[]}}]"#.to_owned());
    let number = all.len();
    let row = lines(&all).pop().unwrap();
    let added = [&*bytes, row.as_bytes()].concat();

    let cuts = (0..row.len()).map(|length| added[..bytes.len() + length].to_vec());
    assert_eq!(starts(&path, &before, cuts), 0);
    // What a power failure can leave instead of a row that was not complete.
    let rests: [&[u8]; 4] = [&[0; 4096], b"\n", b"\n\n[]\n", &row.as_bytes()[1..]];
    let rests = rests.map(|rest| [&*bytes, rest].concat());
    assert_eq!(starts(&path, &before, rests.into_iter()), 0);

    // From here on the row is complete.
    fs::write(&path, &added).unwrap();
    let after = entries(&path).unwrap();
    assert_eq!(after.len(), before.len() + 1);
    let head = head(number, &row[..64]);
    let place = 4096 * (number % 2);
    let interrupted = |length: usize| {
        let mut file = added.clone();
        file[place..place + length].copy_from_slice(&head.as_bytes()[..length]);
        file
    };
    let lengths = (0..300).chain([4096]);
    assert_eq!(starts(&path, &after, lengths.map(interrupted)), 0);
    // The row was acknowledged.
    let acknowledged = interrupted(4096);
    let cut = acknowledged[..bytes.len()].to_vec();
    assert_eq!(starts(&path, &after, [cut].into_iter()), 1);
}

#[test]
fn rejects_a_file_in_which_rows_are_missing_or_changed() {
    let (_folder, path) = database();
    let text = fs::read_to_string(&path).unwrap();
    let (heads, body) = text.split_at(ROWS);
    let lines: Vec<String> = body.split_inclusive('\n').map(str::to_owned).collect();
    assert!(lines.len() > 25, "{} rows", lines.len());
    let events = |count: usize| {
        let rows = rows(&path).into_iter().take(count);
        let entries = rows.map(|row| serde_json::from_str::<Vec<Value>>(&row).unwrap().len());
        entries.sum::<usize>() as u64
    };
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        heads.to_owned() + &lines.concat()
    };
    let other_checksum = format!("{}{}", "0".repeat(64), &lines[4][64..]);
    let other_entries = format!("{}{}", &lines[8][..64], &lines[0][64..]);
    let ahead = head(lines.len() + 1, &lines[0][..64]);
    for (name, damaged, intact) in [
        (
            "the last row is missing",
            changed(&|rows| drop(rows.pop())),
            lines.len() - 1,
        ),
        (
            "many rows are missing",
            changed(&|rows| rows.truncate(20)),
            20,
        ),
        ("a row is missing", changed(&|rows| drop(rows.remove(2))), 2),
        (
            "two rows changed places",
            changed(&|rows| rows.swap(5, 6)),
            5,
        ),
        (
            "a row is there twice",
            changed(&|rows| rows.insert(7, rows[6].clone())),
            7,
        ),
        (
            "a checksum is different",
            changed(&|rows| rows[4] = other_checksum.clone()),
            4,
        ),
        (
            "a row has the entries of another",
            changed(&|rows| rows[8] = other_entries.clone()),
            8,
        ),
        (
            "the head is ahead",
            format!("{ahead}{ahead}{body}"),
            lines.len(),
        ),
        (
            "no head is intact",
            text.replace("database 1", "database x"),
            lines.len(),
        ),
        ("there is no head", " ".repeat(ROWS) + body, lines.len()),
    ] {
        let intact = {
            fs::write(&path, &text).unwrap();
            events(intact)
        };
        fs::write(&path, &damaged).unwrap();
        let error = entries(&path).unwrap_err();
        let DatabaseError::Damaged(left) = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(left.events, intact, "{name}");
        assert!(
            fs::read(&path).unwrap() == damaged.as_bytes(),
            "{name}: it was changed"
        );
    }
}

#[test]
fn rejects_an_empty_file() {
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    fs::write(&path, "").unwrap();
    let error = entries(&path).unwrap_err();
    assert!(matches!(error, DatabaseError::Empty), "{error:?}");
    fs::remove_file(&path).unwrap();
    assert!(entries(&path).unwrap().is_empty());
    let left = fs::read_dir(folder.path()).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["sandbox.db"]);
}

#[test]
fn rejects_a_newer_version_beside_a_head_of_this_one() {
    let (_folder, path) = database();
    let text = fs::read_to_string(&path).unwrap();
    let newer = titled("nft-invoice sandbox database 2 with other heads");
    for damaged in [
        newer.clone() + &text[4096..],
        text[..4096].to_owned() + &newer + &text[ROWS..],
    ] {
        fs::write(&path, &damaged).unwrap();
        let error = entries(&path).unwrap_err();
        assert!(
            matches!(error, DatabaseError::Newer { version: 2 }),
            "{error:?}"
        );
        assert!(fs::read(&path).unwrap() == damaged.as_bytes());
    }
}

#[test]
fn recovers_what_precedes_the_damage() {
    let (folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let damaged_row = lines(&rows(&path))[21].replace("2025", "2026");
    fs::write(&path, text.replace(&lines(&rows(&path))[21], &damaged_row)).unwrap();
    let error = entries(&path).unwrap_err();
    let says = "the file is damaged; intact before the damage: 24 events (3 invoices); to keep";
    assert!(error.to_string().starts_with(says), "{error}");

    let damaged = fs::read(&path).unwrap();
    let copy = folder.path().join("copy.db");
    let copied = recover_database(&path, &copy).unwrap();
    assert_eq!((copied.events, copied.invoices), (24, 3));
    assert_eq!(entries(&copy).unwrap(), before[..24]);
    assert!(damaged == fs::read(&path).unwrap(), "it was changed");
    let again = recover_database(&path, &copy).unwrap_err();
    let DatabaseError::Failed(why) = again else {
        panic!("{again:?}");
    };
    assert!(why.to_string().contains("copy.db: "), "{why}");
    assert_eq!(entries(&copy).unwrap().len(), 24, "it was overwritten");

    // A part of the file is missing.
    let copy = folder.path().join("cut.db");
    fs::write(&path, &bytes[..bytes.len() - 4096]).unwrap();
    let left = recover_database(&path, &copy).unwrap();
    let kept = entries(&copy).unwrap();
    assert_eq!(kept.len() as u64, left.events);
    assert!(!kept.is_empty() && before.starts_with(&kept) && kept.len() < before.len());

    let copy = folder.path().join("headless.db");
    let mut headless = bytes.clone();
    headless[..ROWS].fill(0);
    fs::write(&path, &headless).unwrap();
    let all = format!("{} events", before.len());
    let error = entries(&path).unwrap_err().to_string();
    assert!(error.contains(&all), "{error}");
    recover_database(&path, &copy).unwrap();
    assert!(entries(&copy).unwrap() == before);

    let copy = folder.path().join("none.db");
    fs::write(&path, &bytes[..ROWS]).unwrap();
    let error = recover_database(&path, &copy).unwrap_err();
    assert!(
        error.to_string().contains("no event in it is intact"),
        "{error}"
    );
    assert!(!copy.exists());
}
