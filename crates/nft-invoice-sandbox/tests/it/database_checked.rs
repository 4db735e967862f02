//! Damaged files: a start has all entries, unchanged, or is rejected.

use std::fs;
use std::path::{Path, PathBuf};

use nft_invoice_sandbox::{
    CallbackSink, DatabaseError, InvoiceState, Sandbox, SinkResponse, StartError, TestCard, days,
    recover_database,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::client::{create, hosted, s2s, start};
use crate::database_files::folder;

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
    let connection = Connection::open(path).unwrap();
    let all = "SELECT entry FROM log ORDER BY number";
    let mut all = connection.prepare(all).unwrap();
    let entries = all.query_map([], |row| row.get(0)).unwrap();
    Ok(entries.map(Result::unwrap).collect())
}

fn change(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// The path of a file that belongs to the database.
fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The files of an interrupted write, with the pages and the journal that a killed process leaves.
fn interrupt(path: &Path) -> [(PathBuf, Vec<u8>); 2] {
    let connection = Connection::open(path).unwrap();
    let many = "PRAGMA cache_size = 1; BEGIN; UPDATE head SET number = number + 500;
        WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 500)
        INSERT INTO log SELECT 1000 + n, printf('%0100d', n), x'00' FROM more";
    connection.execute_batch(many).unwrap();
    [path.to_owned(), companion(path, "-journal")].map(|file| {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.is_empty(), "{file:?}");
        (file, bytes)
    })
}

/// Starts once for each variant of a file, with the other files as given, and returns how many were rejected.
#[track_caller]
fn starts(
    path: &Path,
    before: &[String],
    files: &[(PathBuf, Vec<u8>)],
    variants: impl Iterator<Item = (usize, Option<Vec<u8>>)>,
) -> usize {
    let mut rejected = 0;
    for (place, variant) in variants {
        for (other, (file, bytes)) in files.iter().enumerate() {
            let _ = fs::remove_file(file);
            let bytes = match &variant {
                Some(damaged) if other == place => damaged,
                None if other == place => continue,
                _ => bytes,
            };
            fs::write(file, bytes).unwrap();
        }
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
    let count = bits.clone().count();
    let variants = bits.map(|bit| (0, Some(flip(&bytes, bit))));
    let files = [(path.clone(), bytes.clone())];
    let rejected = starts(&path, &before, &files, variants);
    assert!(rejected > count / 4, "{rejected} of {count}");
}

#[test]
fn rejects_a_file_that_was_cut() {
    let (_folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let lengths = (0..bytes.len()).step_by(997).chain([bytes.len() - 1]);
    let variants = lengths
        .clone()
        .map(|length| (0, Some(bytes[..length].to_vec())));
    let files = [(path.clone(), bytes.clone())];
    let rejected = starts(&path, &before, &files, variants);
    assert_eq!(rejected, lengths.count());
}

#[test]
fn undoes_an_interrupted_write_unless_its_journal_is_damaged() {
    let (_folder, path) = database();
    let before = entries(&path).unwrap();
    let files = interrupt(&path);
    assert_eq!(starts(&path, &before, &files, [(9, None)].into_iter()), 0);
    let journal = &files[1].1;
    let without = [(1, None), (1, Some(Vec::new()))].into_iter();
    assert_eq!(starts(&path, &before, &files, without), 2);
    for place in [0, 1] {
        let bytes = &files[place].1;
        let flips = (0..bytes.len() * 8).step_by(9973);
        let flips = flips.map(|bit| (place, Some(flip(bytes, bit))));
        starts(&path, &before, &files, flips);
    }
    let cuts = (0..journal.len()).step_by(997);
    let cuts = cuts.map(|length| (1, Some(journal[..length].to_vec())));
    starts(&path, &before, &files, cuts);
}

#[test]
fn rejects_a_file_in_which_rows_are_missing_or_changed() {
    let (_folder, path) = database();
    let bytes = fs::read(&path).unwrap();
    let count = entries(&path).unwrap().len();
    assert!(count > 25, "{count} rows");
    let last = format!("WHERE number = {count}");
    for (damage, intact) in [
        (format!("DELETE FROM log {last}"), count - 1),
        ("DELETE FROM log WHERE number > 20".into(), 20),
        ("DELETE FROM log WHERE number = 3".into(), 2),
        (format!("UPDATE log SET number = 99 {last}"), count - 1),
        (
            "UPDATE log SET checksum = zeroblob(32) WHERE number = 5".into(),
            4,
        ),
        (
            "UPDATE log SET entry = (SELECT entry FROM log WHERE number = 1) WHERE number = 9"
                .into(),
            8,
        ),
        ("UPDATE head SET number = number + 1".into(), count),
        ("UPDATE head SET checksum = zeroblob(32)".into(), count),
        ("DELETE FROM head".into(), count),
        ("DROP TABLE head".into(), count),
    ] {
        fs::write(&path, &bytes).unwrap();
        change(&path, &damage);
        let error = entries(&path).unwrap_err();
        let DatabaseError::Damaged(left) = error else {
            panic!("{damage}: {error:?}");
        };
        assert_eq!(left.events, intact as u64, "{damage}");
    }
}

#[test]
fn accepts_an_empty_file_only_while_it_is_being_created() {
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    fs::write(&path, "").unwrap();
    let error = entries(&path).unwrap_err();
    assert!(matches!(error, DatabaseError::Empty), "{error:?}");
    // A process was killed while it created the database.
    fs::write(companion(&path, "-new"), "").unwrap();
    assert!(entries(&path).unwrap().is_empty());
    let left = fs::read_dir(folder.path()).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["sandbox.db"]);
}

#[test]
fn recovers_what_precedes_the_damage() {
    let (folder, path) = database();
    let before = entries(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let row = "UPDATE log SET entry = replace(entry, '2025', '2026') WHERE number = 25";
    change(&path, row);
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
    assert!(matches!(again, DatabaseError::Failed(_)), "{again:?}");
    assert_eq!(entries(&copy).unwrap().len(), 24, "it was overwritten");

    // A part of the file is missing.
    let copy = folder.path().join("cut.db");
    fs::write(&path, &bytes[..bytes.len() - 4096]).unwrap();
    let left = recover_database(&path, &copy).unwrap();
    let kept = entries(&copy).unwrap();
    assert_eq!(kept.len() as u64, left.events);
    assert!(!kept.is_empty() && before.starts_with(&kept) && kept.len() < before.len());

    // The first page is lost: the header and the names of the tables.
    let copy = folder.path().join("header.db");
    let mut headless = bytes.clone();
    headless[..4096].fill(0);
    fs::write(&path, &headless).unwrap();
    let all = format!("{} events", before.len());
    let error = entries(&path).unwrap_err().to_string();
    assert!(error.contains(&all), "{error}");
    recover_database(&path, &copy).unwrap();
    assert!(entries(&copy).unwrap() == before);

    let copy = folder.path().join("none.db");
    fs::write(&path, &bytes[..4096]).unwrap();
    let error = recover_database(&path, &copy).unwrap_err();
    assert!(
        error.to_string().contains("no event in it is intact"),
        "{error}"
    );
    assert!(!copy.exists());
}
