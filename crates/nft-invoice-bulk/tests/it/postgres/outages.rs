use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nft_invoice::mock::MockTransport;
use nft_invoice::{Mode, Reference};
use nft_invoice_bulk::input::{InputSource, Row, ValidRow};
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::{Change, Detail, Journal, JournalError, Source, Transaction};
use nft_invoice_bulk::lifecycle::{Event, Outcome, State};

use super::proxy::{Cut, Proxy};
use super::server::Server;
use super::{PostgresStore, claim, ended};
use crate::runs::{Batch, CREATED, Store, counts, hosted, response};

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_run_survives_restarts_of_the_server() {
    const ROWS: usize = 60;
    let server = Arc::new(Server::start());
    let store = PostgresStore::on(Arc::clone(&server));
    let batch = Batch::with(Mode::Hosted, Store::Postgres(store));
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=ROWS).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let calls = AtomicUsize::new(0);
    let mock = MockTransport::from_fn(move |_| {
        if matches!(calls.fetch_add(1, Ordering::Relaxed), 10 | 40) {
            server.kill();
            server.resume();
        }
        Ok(response(CREATED))
    });
    let summary = batch.run(Arc::clone(&journal), &mock, Vec::new()).await;
    assert_eq!(summary.halt, None);
    assert_eq!(summary.counts, counts(&[(State::Accepted, ROWS as u64)]));
    let requests = mock.requests();
    let bodies: HashSet<_> = requests.iter().map(|request| request.body()).collect();
    assert_eq!(bodies.len(), requests.len(), "no epoch has two requests");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn nothing_is_sent_of_a_transaction_whose_commit_is_in_doubt() {
    let store = PostgresStore::new();
    let sure = store.with_rows(6).await;
    let claims = claim(&sure, 2).await.unwrap().claimed;
    let (proxy, doubtful) = through_proxy(&store).await;
    // So that the next COMMIT is that of the transaction below.
    claim(&doubtful, 0).await.unwrap();

    // The response is lost: what was stored is reported, and what was claimed goes back.
    proxy.cut(Cut::After);
    let mut transaction = ended(&claims[0], Outcome::Created);
    transaction.claim = Some(request(2));
    let written = doubtful.transact(transaction).await.unwrap();
    assert_eq!(written.applied[0].as_ref().unwrap().state, State::Accepted);
    assert!(written.claimed.is_empty() && written.retry_in.is_some());
    let expected = [
        (State::Accepted, 1),
        (State::InFlight, 1),
        (State::Prepared, 4),
    ];
    assert_eq!(sure.counts().await.unwrap(), counts(&expected));

    // The COMMIT itself is lost: everything is done again.
    proxy.cut(Cut::Before);
    let mut transaction = ended(&claims[1], Outcome::Created);
    transaction.claim = Some(request(4));
    let written = doubtful.transact(transaction).await.unwrap();
    assert_eq!(written.applied[0].as_ref().unwrap().state, State::Accepted);
    let epochs: Vec<_> = written.claimed.iter().map(|claim| claim.epoch).collect();
    assert_eq!(epochs.len(), 4);
    assert_eq!(epochs.iter().filter(|epoch| **epoch == 2).count(), 2);
    let expected = [(State::Accepted, 2), (State::InFlight, 4)];
    assert_eq!(sure.counts().await.unwrap(), counts(&expected));
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_load_whose_connection_is_lost_stores_nothing_and_can_be_repeated() {
    let store = PostgresStore::new();
    let batch = Batch::with(Mode::Hosted, Store::Postgres(store.clone()));
    let (proxy, journal) = through_proxy(&store).await;
    let proxy = Arc::new(proxy);
    let lines: Vec<_> = (1..=2500).map(hosted).collect();
    for (row, cut) in [
        (2, Cut::Anything),
        (1500, Cut::Anything),
        (2500, Cut::Before),
    ] {
        let source = Cutting {
            source: batch.source("drop.ndjson", &journal, &lines),
            row,
            cut,
            proxy: Arc::clone(&proxy),
        };
        let error = journal.load(Box::new(source), false).await.unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("all of it or nothing"), "{reason}");
        assert_eq!(journal.counts().await.unwrap(), counts(&[]));
    }
    // It is stored if only the response was lost.
    let source = Cutting {
        source: batch.source("drop.ndjson", &journal, &lines),
        row: 2500,
        cut: Cut::After,
        proxy,
    };
    let loaded = journal.load(Box::new(source), false).await.unwrap();
    assert_eq!(loaded.new, 2500);
    let expected = counts(&[(State::Prepared, 2500)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
    assert_eq!(claim(&journal, 9).await.unwrap().claimed.len(), 9);
}

/// An input during which a connection is cut.
struct Cutting {
    source: InputSource,
    /// How many rows are read before.
    row: usize,
    cut: Cut,
    proxy: Arc<Proxy>,
}

impl Source for Cutting {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn next(&mut self) -> std::io::Result<Option<Row>> {
        self.row = self.row.wrapping_sub(1);
        if self.row == 0 {
            self.proxy.cut(self.cut);
        }
        self.source.next()
    }

    fn loaded(&mut self, reference: &Reference, state: State, row: ValidRow) {
        self.source.loaded(reference, state, row);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_transaction_whose_last_statement_fails_stores_nothing() {
    let store = PostgresStore::new();
    let journal = store.with_rows(3).await;
    let before = [(State::InFlight, 1), (State::Prepared, 2)];
    let claimed = claim(&journal, 1).await.unwrap().claimed.remove(0);
    let schema = store.url.rsplit("%3D").next().unwrap();
    let alter = |what: &str| {
        let sql = format!("ALTER TABLE {schema}.nft_invoice_event {what}");
        store.server.sql("postgres", &sql);
    };
    alter("ADD CONSTRAINT none CHECK (false) NOT VALID");
    let mut transaction = ended(&claimed, Outcome::Created);
    transaction.claim = Some(request(2));
    let failed = journal.transact(transaction).await;
    assert!(
        matches!(failed, Err(JournalError::Storage(_))),
        "{failed:?}"
    );
    assert_eq!(journal.counts().await.unwrap(), counts(&before));
    alter("DROP CONSTRAINT none");
    assert_eq!(claim(&journal, 3).await.unwrap().claimed.len(), 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_is_written_is_written_while_the_rows_are_locked() {
    let store = PostgresStore::new();
    let journal = store.with_rows(1).await;
    let schema = store.url.rsplit("%3D").next().unwrap();
    // A statement after the COMMIT, in a transaction of its own, has not selected them for an update.
    let sql = format!(
        "CREATE FUNCTION {schema}.has_selected() RETURNS boolean LANGUAGE sql AS $$
             SELECT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'RowShareLock'
                 AND relation = '{schema}.nft_invoice_row'::regclass)
         $$;
         ALTER TABLE {schema}.nft_invoice_event ADD CHECK ({schema}.has_selected()) NOT VALID"
    );
    store.server.sql("postgres", &sql);
    let claimed = claim(&journal, 1).await.unwrap().claimed.remove(0);
    let written = journal.transact(ended(&claimed, Outcome::Created)).await;
    assert_eq!(
        written.unwrap().applied[0].as_ref().unwrap().state,
        State::Accepted
    );
}

/// Opens the journal over a connection that can be cut.
async fn through_proxy(store: &PostgresStore) -> (Proxy, PostgresJournal) {
    let proxy = Proxy::start(store.server.port());
    let url = store.url.replace(
        &format!(":{}/", store.server.port()),
        &format!(":{}/", proxy.port),
    );
    let store = PostgresStore {
        url,
        ..store.clone()
    };
    (proxy, store.open().await.unwrap())
}

fn request(rows: usize) -> nft_invoice_bulk::journal::ClaimRequest {
    nft_invoice_bulk::journal::ClaimRequest {
        owner: nft_invoice_bulk::journal::Owner::random().unwrap(),
        from: nft_invoice_bulk::journal::ClaimFrom::Any(rows),
        rate: None,
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn several_events_of_one_row_are_applied_in_their_order() {
    let store = PostgresStore::new();
    let journal = store.with_rows(1).await;
    let claimed = claim(&journal, 1).await.unwrap().claimed.remove(0);
    let mut transaction: Transaction = ended(&claimed, Outcome::NotSent);
    for event in [Event::Parked, Event::Unparked, Event::Parked] {
        transaction.changes.push(Change {
            reference: claimed.reference.clone(),
            event,
            detail: Detail::default(),
        });
    }
    let written = journal.transact(transaction).await.unwrap();
    let states: Vec<_> = written
        .applied
        .into_iter()
        .map(|applied| applied.unwrap().state)
        .collect();
    use State::{Parked, Prepared};
    assert_eq!(states, [Prepared, Parked, Prepared, Parked]);
    assert_eq!(journal.counts().await.unwrap(), counts(&[(Parked, 1)]));
}
