//! The files of an SQLite journal.

use nft_invoice::Mode;
use nft_invoice_bulk::journal::JournalError;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use tempfile::TempDir;

#[test]
fn a_second_process_cannot_open_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    let first = SqliteJournal::open(&path, Mode::Hosted).unwrap();
    let second = SqliteJournal::open(&path, Mode::Hosted);
    assert!(matches!(second, Err(JournalError::InUse)));
    drop(first);
    SqliteJournal::open(&path, Mode::Hosted).unwrap();
}

#[test]
fn it_keeps_its_mode() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    assert_eq!(SqliteJournal::mode_of(&path).unwrap(), None);
    drop(SqliteJournal::open(&path, Mode::S2s).unwrap());
    assert_eq!(SqliteJournal::mode_of(&path).unwrap(), Some(Mode::S2s));
    let other = SqliteJournal::open(&path, Mode::Hosted);
    assert!(matches!(other, Err(JournalError::OtherMode(Mode::S2s))));
}

#[test]
fn rejects_what_is_not_a_journal_of_this_version() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    std::fs::write(&path, "no database, but longer than an empty file").unwrap();
    std::fs::write(folder.path().join("j.mark"), "0").unwrap();
    let opened = SqliteJournal::open(&path, Mode::Hosted);
    assert!(matches!(opened, Err(JournalError::Foreign)), "{opened:?}");

    let path = folder.path().join("k");
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    let error = SqliteJournal::open(&path, Mode::Hosted).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the journal has version 9; this program supports versions up to 1"
    );
}

#[test]
fn rejects_another_key_and_a_missing_mark() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    let key = folder.path().join("j.key");
    let right = std::fs::read_to_string(&key).unwrap();
    for wrong in ["", "abc", &"0".repeat(64)] {
        std::fs::write(&key, wrong).unwrap();
        let opened = SqliteJournal::open(&path, Mode::Hosted);
        assert!(matches!(opened, Err(JournalError::Key(_))), "{wrong}");
    }
    std::fs::write(&key, right).unwrap();
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    // Without any event there is nothing that could be missing.
    std::fs::remove_file(folder.path().join("j.mark")).unwrap();
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let event =
        "INSERT INTO event (at, row, event, epoch, state) VALUES (0, 1, 'claimed', 1, 'in_flight')";
    connection.execute(event, []).unwrap();
    drop(connection);
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    std::fs::remove_file(folder.path().join("j.mark")).unwrap();
    for _ in 0..2 {
        let opened = SqliteJournal::open(&path, Mode::Hosted);
        assert!(matches!(opened, Err(JournalError::Mark(_))));
    }
}

#[test]
fn rejects_an_older_copy() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    std::fs::write(folder.path().join("j.mark"), "7").unwrap();
    let opened = SqliteJournal::open(&path, Mode::Hosted);
    assert!(matches!(
        opened,
        Err(JournalError::Older { found: 0, mark: 7 })
    ));
    // A journal that is gone is the oldest copy of all.
    std::fs::remove_file(&path).unwrap();
    let opened = SqliteJournal::open(&path, Mode::Hosted);
    assert!(matches!(
        opened,
        Err(JournalError::Older { found: 0, mark: 7 })
    ));
}
