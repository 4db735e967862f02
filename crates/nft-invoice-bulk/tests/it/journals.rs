//! The files of an SQLite journal.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use nft_invoice::Mode;
use nft_invoice::mock::MockTransport;
use nft_invoice_bulk::export;
use nft_invoice_bulk::journal::sqlite::{SqliteJournal, SqliteReader};
use nft_invoice_bulk::journal::{
    ClaimFrom, ClaimRequest, Counts, Journal, JournalError, Owner, StoredRow, Transaction,
};
use nft_invoice_bulk::lifecycle::State;
use tempfile::TempDir;

use crate::runs::{Batch, CREATED, hosted, response, s2s};

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
    let read = SqliteReader::open(&path);
    assert!(matches!(read, Err(JournalError::Foreign)), "{read:?}");
    // Its mark shows that it was a journal.
    std::fs::write(folder.path().join("j.mark"), "7").unwrap();
    let opened = SqliteJournal::open(&path, Mode::Hosted);
    assert!(
        matches!(opened, Err(JournalError::Storage(_))),
        "{opened:?}"
    );
    let read = SqliteReader::open(&path);
    assert!(matches!(read, Err(JournalError::Storage(_))), "{read:?}");

    let path = folder.path().join("k");
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    for error in [
        SqliteJournal::open(&path, Mode::Hosted).unwrap_err(),
        SqliteReader::open(&path).unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "the journal has version 9; this program supports versions up to 3"
        );
    }
}

/// Makes a journal one of the second version.
const SECOND: &str = "ALTER TABLE row DROP COLUMN id;
    CREATE INDEX row_by_hash ON row (hash, load) WHERE hash IS NOT NULL;
    PRAGMA user_version = 2";

/// Makes a journal of the second version one of the first.
const FIRST: &str = "UPDATE row SET reference = NULL, hash = NULL WHERE amount IS NULL;
    ALTER TABLE row DROP COLUMN sum;
    PRAGMA user_version = 1";

#[tokio::test]
async fn opens_a_journal_of_the_versions_before() {
    for (version, steps) in [(1, &[SECOND, FIRST][..]), (2, &[SECOND])] {
        let batch = Batch::new(Mode::Hosted);
        let path = batch.journal_path();
        let journal = batch.open().await.unwrap();
        let lines = [hosted(1), "{}".to_owned()];
        batch.load(&journal, &lines, false).await.unwrap();
        drop(journal);
        steps.iter().for_each(|step| damage(&path, step));
        let before = SqliteReader::open(&path).unwrap().unwrap();
        assert_eq!(before.counts().await.unwrap().total, 2, "{version}");
        before.check().await.unwrap();
        let rows = before.rows(&State::ALL, 0, 10).await.unwrap();
        assert_eq!((rows.len(), &rows[0].id), (2, &None), "{version}");
        drop(before);
        let journal = batch.open().await.unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        let version =
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        assert_eq!(version.unwrap(), 3);
        // The invalid row is the same one, and has its reference.
        let (loaded, _) = batch.load(&journal, &lines, false).await.unwrap();
        assert_eq!((loaded.known, loaded.invalid, loaded.missing), (1, 1, 0));
        let rows = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
        assert_eq!((rows.len(), rows[0].reference.is_some()), (1, true));
        // A row with an id is another one.
        let mut more = lines.to_vec();
        more.push(hosted(1).replacen('{', r##"{"#id":"A-1","##, 1));
        let (loaded, _) = batch.load(&journal, &more, false).await.unwrap();
        assert_eq!((loaded.known, loaded.new), (1, 1));
        let rows = journal.rows(&[State::Prepared], 0, 10).await.unwrap();
        assert_eq!(rows[1].id.as_deref(), Some("A-1"));
    }
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
        let read = SqliteReader::open(&path);
        assert!(matches!(read, Err(JournalError::Key(_))), "{wrong}");
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
        let read = SqliteReader::open(&path);
        assert!(matches!(read, Err(JournalError::Mark(_))));
    }
}

#[test]
fn rejects_a_mark_that_is_no_number() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
    let mark = folder.path().join("j.mark");
    for wrong in [&b""[..], b"\n", b"x", b"\0\0\0", b"\xff"] {
        std::fs::write(&mark, wrong).unwrap();
        let opened = SqliteJournal::open(&path, Mode::Hosted);
        assert!(
            matches!(opened, Err(JournalError::MarkUnreadable(_))),
            "{opened:?}"
        );
        let read = SqliteReader::open(&path);
        assert!(
            matches!(read, Err(JournalError::MarkUnreadable(_))),
            "{read:?}"
        );
        assert_eq!(std::fs::read(&mark).unwrap(), wrong);
    }
    std::fs::write(&mark, "0").unwrap();
    SqliteJournal::open(&path, Mode::Hosted).unwrap();
    // What a crash has left of a mark that was not finished is of no use.
    std::fs::remove_file(&mark).unwrap();
    std::fs::write(
        folder.path().join("j.mark.new"),
        "0000000000000000000000000000",
    )
    .unwrap();
    SqliteJournal::open(&path, Mode::Hosted).unwrap();
    assert_eq!(
        std::fs::read_to_string(&mark).unwrap(),
        format!("{:020}\n", 0)
    );
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
    let read = SqliteReader::open(&path);
    assert!(matches!(
        read,
        Err(JournalError::Older { found: 0, mark: 7 })
    ));
    // A journal that is gone is the oldest copy of all.
    let away = folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    let missing = SqliteJournal::mode_of(&path).map(drop);
    let opened = SqliteJournal::open(&path, Mode::Hosted).map(drop);
    // That has left an empty file.
    let empty = SqliteJournal::mode_of(&path).map(drop);
    for result in [missing, opened, empty] {
        assert!(
            matches!(result, Err(JournalError::Older { found: 0, mark: 7 })),
            "{result:?}"
        );
    }
    // Its key is kept for when it comes back.
    std::fs::rename(&away, &path).unwrap();
    std::fs::write(folder.path().join("j.mark"), "0").unwrap();
    SqliteJournal::open(&path, Mode::Hosted).unwrap();
}

#[test]
fn leaves_the_files_of_others_as_they_are() {
    let folder = TempDir::new().unwrap();
    let text = folder.path().join("drop.csv");
    std::fs::write(&text, "email,amount\na@shop.example,1\n").unwrap();
    let database = folder.path().join("shop.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute_batch("CREATE TABLE sale (id INTEGER)")
        .unwrap();
    drop(connection);
    for path in [text, database] {
        let before = std::fs::read(&path).unwrap();
        let opened = SqliteJournal::open(&path, Mode::Hosted);
        assert!(matches!(opened, Err(JournalError::Foreign)), "{opened:?}");
        let mode = SqliteJournal::mode_of(&path);
        assert!(matches!(mode, Err(JournalError::Foreign)), "{mode:?}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn rows_of_a_process_that_is_gone_are_unknown_for_every_command() {
    let batch = Batch::new(Mode::S2s);
    let path = batch.journal_path();
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &[s2s(1)], false).await.unwrap();
    let rows = journal.rows(&State::ALL, 0, 1).await.unwrap();
    claim(&*journal, &rows).await;
    drop(journal);
    let reader = SqliteReader::open(&path).unwrap().unwrap();
    let counts = reader.counts().await.unwrap();
    assert_eq!((counts.in_flight, counts.unknown), (0, 1));
    let rows = reader.rows(&[State::Unknown], 0, 10).await.unwrap();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(
        (row.state, row.progress.as_ref().unwrap().unanswered),
        (State::Unknown, 1)
    );
    assert!(
        reader
            .rows(&[State::InFlight], 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let journal = SqliteJournal::open(&path, Mode::S2s).unwrap();
    let counts = journal.counts().await.unwrap();
    assert_eq!((counts.in_flight, counts.unknown), (0, 1));
}

#[tokio::test]
async fn reading_changes_and_creates_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("j");
    assert!(SqliteReader::open(&path).unwrap().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(SqliteJournal::open(&path, Mode::S2s).unwrap());
    let before = std::fs::read(&path).unwrap();
    let reader = SqliteReader::open(&path).unwrap().unwrap();
    assert_eq!(reader.mode(), Mode::S2s);
    assert_eq!(reader.counts().await.unwrap(), Counts::default());
    reader.check().await.unwrap();
    let written = reader.transact(Transaction::default()).await;
    assert!(
        matches!(written, Err(JournalError::ReadOnly)),
        "{written:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_run_can_be_watched() {
    const ROWS: u64 = 300;
    let batch = Batch::new(Mode::Hosted);
    let path = batch.journal_path();
    let ((reached, is_reached), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel::<()>());
    let may_go_on = Mutex::new(may_go_on);
    let sent = Mutex::new(0);
    let mock = MockTransport::from_fn(move |_| {
        let mut sent = sent.lock().unwrap();
        *sent += 1;
        if *sent == 100 {
            reached.send(()).unwrap();
            let _ = may_go_on.lock().unwrap().recv();
        }
        Ok(response(CREATED))
    });
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let read = || {
        let reader = SqliteReader::open(&path).unwrap().unwrap();
        let counts = runtime().block_on(reader.counts()).unwrap();
        let states = State::ALL.into_iter().map(|state| counts.of(state));
        assert_eq!(counts.total, ROWS);
        assert_eq!(states.sum::<u64>(), ROWS);
        assert_eq!(counts.unknown, 0, "its process is there");
        counts
    };
    std::thread::scope(|scope| {
        // If something fails here, the run goes on to its end.
        let go_on = go_on;
        let run = scope.spawn(|| {
            runtime().block_on(async {
                let journal = batch.open().await.unwrap();
                let lines: Vec<_> = (1..=ROWS as usize).map(hosted).collect();
                batch.load(&journal, &lines, false).await.unwrap();
                let summary = batch.run(journal, &mock, Vec::new()).await;
                assert_eq!(summary.counts.accepted, ROWS);
            });
        });
        is_reached.recv().unwrap();
        let counts = read();
        assert!(counts.in_flight > 0 && counts.prepared > 0, "{counts:?}");
        let second = SqliteJournal::open(&path, Mode::Hosted);
        assert!(matches!(second, Err(JournalError::InUse)), "{second:?}");
        go_on.send(()).unwrap();
        // The mark is never ahead of what is read.
        while !run.is_finished() {
            read();
        }
    });
    assert_eq!(read().accepted, ROWS);
}

/// A journal of three rows: the links of two were handed out, and the third was not sent.
async fn half_done() -> Batch {
    let batch = Batch::new(Mode::Hosted);
    let journal = batch.open().await.unwrap();
    let lines = [hosted(1), hosted(2)];
    batch.load(&journal, &lines, false).await.unwrap();
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    batch.run(Arc::clone(&journal), &mock, Vec::new()).await;
    export(&*journal, |_| Ok(())).await.unwrap();
    batch.load(&journal, &[hosted(3)], true).await.unwrap();
    batch
}

/// Changes a journal as no program of ours does.
fn damage(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn damage_is_found_before_anything_is_sent() {
    let batch = half_done().await;
    let path = batch.journal_path();
    let whole = std::fs::read(&path).unwrap();
    for sql in [
        "UPDATE row SET link = replace(link, 'pay', 'pax') WHERE number = 1",
        "UPDATE row SET invoice = replace(invoice, '3.50', '7.50') WHERE number = 3",
        "UPDATE row SET is_released = 0 WHERE number = 1",
        "UPDATE row SET reference = 'r' WHERE number = 1",
        "UPDATE row SET epoch = 3 WHERE number = 1",
        "UPDATE row SET line = 2 WHERE number = 3",
        "UPDATE row SET id = 'A-1' WHERE number = 3",
        "UPDATE row SET sum = NULL WHERE number = 3",
        "UPDATE event SET state = 'prepared' WHERE event = 'released'",
        "DELETE FROM event WHERE number = 2",
        "UPDATE journal SET load = 1",
        "UPDATE journal SET mode = 'hoste'",
        "PRAGMA application_id = 1",
    ] {
        damage(&path, sql);
        let opened = batch.open().await;
        let is_found = matches!(
            opened,
            Err(JournalError::Damaged { .. } | JournalError::Storage(_))
        );
        assert!(is_found, "{sql}: {opened:?}");
        std::fs::write(&path, &whole).unwrap();
        batch.open().await.unwrap();
    }
    // Whoever only reads finds it in the rows that are read, and when asked to check.
    damage(
        &path,
        "UPDATE row SET link = 'https://x.example' WHERE number = 1",
    );
    let reader = SqliteReader::open(&path).unwrap().unwrap();
    reader.rows(&[State::Prepared], 0, 10).await.unwrap();
    for error in [
        reader.rows(&State::ALL, 0, 10).await.unwrap_err(),
        reader.check().await.unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "row 1 of the journal is damaged: its checksum is wrong"
        );
    }
}

#[tokio::test]
async fn an_index_that_does_not_know_a_row_is_found() {
    let batch = half_done().await;
    let path = batch.journal_path();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let read = "SELECT reference FROM row WHERE number = 1";
    let reference: String = connection.query_row(read, [], |row| row.get(0)).unwrap();
    drop(connection);
    // In the table and in its index: one of them changes.
    let mut bytes = std::fs::read(&path).unwrap();
    let places: Vec<_> = bytes
        .windows(reference.len())
        .enumerate()
        .filter_map(|(at, text)| (text == reference.as_bytes()).then_some(at))
        .collect();
    assert!(places.len() >= 2, "{places:?}");
    for at in places {
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let opened = batch.open().await;
        assert!(opened.is_err(), "{at}");
        bytes[at] ^= 1;
    }
}

#[tokio::test]
async fn an_older_file_beside_a_newer_write_ahead_log_is_found() {
    let batch = Batch::new(Mode::Hosted);
    let path = batch.journal_path();
    let lines: Vec<_> = (1..=200).map(hosted).collect();
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &lines, false).await.unwrap();
    drop(journal);
    let older = std::fs::read(&path).unwrap();
    // Everything was sent, and is in the newer file.
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let journal = batch.open().await.unwrap();
    batch.run(journal, &mock, Vec::new()).await;
    assert_eq!(mock.requests().len(), 200);
    let newer = std::fs::read(&path).unwrap();
    // The log of a later process contains the last event.
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &[hosted(201)], true).await.unwrap();
    let log = path.with_extension("journal-wal");
    let bytes = std::fs::read(&log).unwrap();
    assert!(!bytes.is_empty());
    drop(journal);
    for (file, is_older) in [(&older, true), (&newer, false)] {
        std::fs::write(&path, file).unwrap();
        std::fs::write(&log, &bytes).unwrap();
        let opened = batch.open().await;
        assert_eq!(opened.is_err(), is_older, "{opened:?}");
    }
}

/// Claims these rows as a sender does, one after the other.
async fn claim(journal: &dyn Journal, rows: &[StoredRow]) {
    for row in rows {
        let claim = ClaimRequest {
            owner: Owner::random().unwrap(),
            from: ClaimFrom::Rows(row.reference.clone().into_iter().collect()),
            rate: None,
        };
        let transaction = Transaction {
            changes: Vec::new(),
            claim: Some(claim),
        };
        let written = journal.transact(transaction).await.unwrap();
        assert_eq!(written.claimed.len(), 1);
    }
}

#[tokio::test]
async fn a_damaged_log_of_a_killed_run_has_no_card_sent_again() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=6).map(s2s).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let rows = journal.rows(&State::ALL, 0, 10).await.unwrap();
    claim(&*journal, &rows[..4]).await;
    // What a kill leaves between the claims and the responses: the cards of four rows may be charged.
    let path = batch.journal_path();
    let read = |ending: &str| {
        let mut name = path.clone().into_os_string();
        name.push(ending);
        std::fs::read(name).unwrap()
    };
    let [file, key, mark, log] = ["", ".key", ".mark", "-wal"].map(read);
    drop(journal);
    let bits = (0..log.len()).step_by(397).chain(0..56);
    let flipped = bits.map(|at| {
        let mut damaged = log.clone();
        damaged[at] ^= 1 << (at % 8);
        damaged
    });
    let cut = (0..log.len()).step_by(4120).map(|end| log[..end].to_vec());
    let mut found = 0;
    for damaged in flipped.chain(cut).chain([log.clone()]) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("j");
        for (ending, bytes) in [
            ("", &file),
            (".key", &key),
            (".mark", &mark),
            ("-wal", &damaged),
        ] {
            std::fs::write(folder.path().join(format!("j{ending}")), bytes).unwrap();
        }
        for only_reads in [true, false] {
            let opened: Result<Arc<dyn Journal>, _> = if only_reads {
                SqliteReader::open(&path).map(|journal| Arc::new(journal.unwrap()) as _)
            } else {
                SqliteJournal::open(&path, Mode::S2s).map(|journal| Arc::new(journal) as _)
            };
            let counts = match opened {
                Ok(journal) => journal.counts().await,
                Err(error) => Err(error),
            };
            match counts {
                Ok(counts) => assert_eq!((counts.unknown, counts.prepared), (4, 2)),
                Err(
                    JournalError::Older { .. }
                    | JournalError::Damaged { .. }
                    | JournalError::Storage(_),
                ) => {
                    found += 1;
                    let kept = std::fs::read(folder.path().join("j-wal")).unwrap();
                    assert!(kept == damaged, "the log is changed");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(found > 100, "{found}");
}

#[tokio::test]
async fn a_journal_of_the_first_version_gets_checksums() {
    let batch = half_done().await;
    let path = batch.journal_path();
    damage(&path, SECOND);
    damage(&path, FIRST);
    let reader = SqliteReader::open(&path).unwrap().unwrap();
    reader.check().await.unwrap();
    drop(reader);
    let journal = batch.open().await.unwrap();
    assert_eq!(journal.counts().await.unwrap().accepted, 2);
    drop(journal);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let count = "SELECT count(sum) FROM row";
    let sums: i64 = connection.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(sums, 3);
    drop(connection);
    // Damage becomes no part of the checksums.
    damage(&path, SECOND);
    damage(&path, FIRST);
    damage(&path, "UPDATE row SET state = 'prepared' WHERE number = 1");
    let opened = batch.open().await;
    assert!(
        matches!(opened, Err(JournalError::Damaged { row: 1, .. })),
        "{opened:?}"
    );
}
