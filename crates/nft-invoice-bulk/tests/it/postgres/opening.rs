use std::net::TcpListener;
use std::sync::Arc;

use nft_invoice::Mode;
use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::{Journal, JournalError};
use nft_invoice_bulk::lifecycle::State;

use super::PostgresStore;
use super::server::Server;
use crate::runs::{Batch, Store, hosted, s2s};

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn is_created_once_and_only_with_its_key_opened_again() {
    let store = PostgresStore::new();
    assert!(!PostgresJournal::exists(&store.url).await.unwrap());
    let (one, other) = tokio::join!(store.open(), store.open());
    let _ = (one.unwrap(), other.unwrap());
    assert!(PostgresJournal::exists(&store.url).await.unwrap());
    let key = JournalKey::random().unwrap();
    let opened = PostgresJournal::connect(&store.url, key).await;
    assert!(matches!(opened, Err(JournalError::WrongKey)), "{opened:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn rejects_a_newer_version() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    store.open().await.unwrap();
    let sql = "UPDATE s0.nft_invoice_journal SET version = 9";
    let schema = store.url.rsplit("%3D").next().unwrap();
    store.server.sql("postgres", &sql.replace("s0", schema));
    let error = store.open().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the journal has version 9; this program supports versions up to 3"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn opens_a_journal_of_the_versions_before() {
    const SECOND: &str = "ALTER TABLE s0.nft_invoice_row DROP COLUMN id;
        UPDATE s0.nft_invoice_journal SET version = 2";
    const FIRST: &str = "UPDATE s0.nft_invoice_row SET reference = NULL WHERE amount IS NULL;
        UPDATE s0.nft_invoice_journal SET version = 1";
    for steps in [&[SECOND, FIRST][..], &[SECOND]] {
        let store = PostgresStore::on(Arc::new(Server::start()));
        let (url, server) = (store.url.clone(), Arc::clone(&store.server));
        let schema = url.rsplit("%3D").next().unwrap();
        let batch = Batch::with(Mode::Hosted, Store::Postgres(store));
        let lines = [hosted(1), "{}".to_owned()];
        let journal = batch.open().await.unwrap();
        batch.load(&journal, &lines, false).await.unwrap();
        for step in steps {
            server.sql("postgres", &step.replace("s0", schema));
        }
        let journal = batch.open().await.unwrap();
        let version =
            "SELECT 1 / (CASE version WHEN 3 THEN 1 ELSE 0 END) FROM s0.nft_invoice_journal";
        server.sql("postgres", &version.replace("s0", schema));
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

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn takes_no_cards() {
    let batch = Batch::with(Mode::Hosted, Store::Postgres(PostgresStore::new()));
    let journal = batch.open().await.unwrap();
    let batch = Batch::with(Mode::S2s, Store::Sqlite);
    let loaded = batch.load(&journal, &[s2s(1)], false).await;
    assert!(matches!(
        loaded.err(),
        Some(JournalError::OtherMode(Mode::Hosted))
    ));
    assert_eq!(journal.counts().await.unwrap().total, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn loads_more_rows_than_a_page_and_knows_them_again() {
    let store = PostgresStore::new();
    let batch = Batch::with(Mode::Hosted, Store::Postgres(store));
    // Every third row is there twice, and every tenth is invalid.
    let lines: Vec<_> = (0..2500)
        .map(|n| match n % 30 {
            10 | 20 => "{}".to_owned(),
            n3 if n3 % 3 == 0 => hosted(7),
            _ => hosted(n),
        })
        .collect();
    let invalid = lines.iter().filter(|line| *line == "{}").count() as u64;
    let valid = lines.len() as u64 - invalid;
    for (known, new) in [(0, valid), (valid, 0)] {
        let journal = batch.open().await.unwrap();
        let (loaded, _) = batch.load(&journal, &lines, false).await.unwrap();
        assert_eq!((loaded.known, loaded.new), (known, new));
        assert_eq!((loaded.invalid, loaded.missing), (invalid, 0));
        assert_eq!(journal.counts().await.unwrap().total, 2500);
    }
    let journal = batch.open().await.unwrap();
    let rows = journal.rows(&State::ALL, 0, 5000).await.unwrap();
    let places: Vec<_> = rows.iter().map(|row| row.line).collect();
    assert!(places.is_sorted(), "in the order of the input");
}

#[tokio::test]
async fn the_password_is_in_no_message() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for url in [
        format!("postgres://shop:s3cret@127.0.0.1:{port}/drop"),
        format!("postgres://shop:s3cret@127.0.0.1:{port}s3cret/drop"),
        "postgres://shop:s3cret@s3cret.invalid/drop".to_owned(),
    ] {
        let key = JournalKey::random().unwrap();
        let error = PostgresJournal::connect(&url, key).await.unwrap_err();
        let mut shown = format!("{error} {error:?}");
        let mut next = std::error::Error::source(&error);
        while let Some(error) = next {
            shown += &format!(" {error} {error:?}");
            next = error.source();
        }
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn shows_where_it_is_and_how_safe_without_the_password() {
    let store = PostgresStore::new();
    let journal = store.open().await.unwrap();
    let shown = PostgresJournal::shown(&store.url).unwrap();
    let shown = format!("{journal:?} {shown}");
    assert!(shown.contains("shop@127.0.0.1:"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
    let settings = journal.settings().await.unwrap();
    let names: Vec<_> = settings.iter().map(|setting| &setting.name[..]).collect();
    assert_eq!(names, ["fsync", "full_page_writes", "synchronous_commit"]);
    assert!(settings.iter().all(|setting| setting.is_safe));
}
