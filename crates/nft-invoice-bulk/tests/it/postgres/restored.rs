use std::sync::Arc;
use std::time::Duration;

use nft_invoice::mock::MockTransport;
use nft_invoice::transport::{Body, Response};
use nft_invoice::{ApiKey, Client, Config, Mode, Reference};
use nft_invoice_bulk::ExportError;
use nft_invoice_bulk::export;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::{Journal, JournalError};
use nft_invoice_bulk::lifecycle::{Outcome, State};
use nft_invoice_bulk::reconcile::{ReconcileOptions, Reconciler};

use super::server::Server;
use super::{PostgresStore, claim, ended};
use crate::runs::{Batch, Store, counts, hosted};

/// A journal of three rows, of which one was created and one is in flight.
async fn used(store: &PostgresStore) -> PostgresJournal {
    let journal = store.with_rows(3).await;
    let claimed = claim(&journal, 2).await.unwrap().claimed;
    journal
        .transact(ended(&claimed[0], Outcome::Created))
        .await
        .unwrap();
    journal
}

/// Nothing can be sent and no link handed out, and what happened is still stored and read.
async fn assert_suspect(journal: &PostgresJournal) {
    assert!(journal.is_suspect().await.unwrap());
    let begun = journal.begin().await;
    assert!(matches!(begun, Err(JournalError::Restored)), "{begun:?}");
    let claimed = claim(journal, 1).await;
    assert!(
        matches!(claimed, Err(JournalError::Restored)),
        "{claimed:?}"
    );
    let exported = export(journal, |_| Ok(())).await;
    assert!(matches!(
        exported,
        Err(ExportError::Journal(JournalError::Restored))
    ));
    let expected = [
        (State::Accepted, 1),
        (State::InFlight, 1),
        (State::Prepared, 1),
    ];
    assert_eq!(journal.counts().await.unwrap(), counts(&expected));
    journal.trust().await.unwrap();
    assert!(!journal.is_suspect().await.unwrap());
    assert_eq!(claim(journal, 1).await.unwrap().claimed.len(), 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_copy_sends_nothing_before_a_reconciliation() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    drop(used(&store).await);
    store.server.copy_database("postgres", "copy");
    let url = store.url.replace("/postgres?", "/copy?");
    assert_ne!(url, store.url);
    let copy = PostgresJournal::connect(&url, store.key.clone())
        .await
        .unwrap();
    assert_suspect(&copy).await;
    assert!(!store.open().await.unwrap().is_suspect().await.unwrap());
}

/// A gateway with one invoice, of this row's first epoch.
fn gateway(reference: &Reference, status: &'static str) -> Client {
    gateway_of_epoch(1, reference, status)
}

fn gateway_of_epoch(epoch: u32, reference: &Reference, status: &'static str) -> Client {
    let data =
        format!(r#"{{\"nftInvoiceReference\":\"{reference}\",\"nftInvoiceAttempt\":{epoch}}}"#);
    let info = format!(
        r#"{{"errorCode":0,"data":{{"id":7,"status":"invoice:{status}","devise":"USD","callbackJson":"{data}"}}}}"#
    );
    let mock = MockTransport::from_fn(move |request| {
        let body = if request.uri().path().contains("history") {
            r#"{"errorCode":0,"list":[{"id":"7"}],"total":"1"}"#.to_owned()
        } else {
            info.clone()
        };
        Ok(Response::new(Body::from(body.into_bytes())))
    });
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    Client::with_transport(config.history_path("/history/"), mock).unwrap()
}

async fn reconcile(journal: &Arc<PostgresJournal>, client: Client) {
    let journal = Arc::clone(journal) as _;
    let reconciler = Reconciler::new(client, journal, ReconcileOptions::default());
    let reconciled = reconciler.run().await.unwrap();
    assert!(
        reconciled.is_complete && !reconciled.is_suspect,
        "{reconciled:?}"
    );
}

/// Asserts that a link of the row, which was handed out after the backup, is not replaced by another one.
async fn assert_exposed(store: &PostgresStore, reference: &Reference) {
    store.server.copy_database("postgres", "copy");
    let url = store.url.replace("/postgres?", "/copy?");
    let copy = PostgresJournal::connect(&url, store.key.clone()).await;
    let copy = Arc::new(copy.unwrap());
    reconcile(&copy, gateway(reference, "created")).await;
    copy.begin().await.unwrap();
    assert!(claim(&copy, 1).await.unwrap().claimed.is_empty());
    let expected = counts(&[(State::Unknown, 1)]);
    assert_eq!(copy.counts().await.unwrap(), expected);
    // Its customer pays.
    reconcile(&copy, gateway(reference, "paid")).await;
    let expected = counts(&[(State::Duplicate, 1)]);
    assert_eq!(copy.counts().await.unwrap(), expected);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_row_that_was_in_flight_in_a_copy_gets_no_second_link() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    let journal = store.with_rows(1).await.lease(Duration::ZERO);
    let claimed = claim(&journal, 1).await.unwrap().claimed;
    assert_exposed(&store, &claimed[0].reference).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_row_that_was_unsent_in_a_copy_gets_no_second_link() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    let journal = store.with_rows(1).await;
    let row = journal.rows(&State::ALL, 0, 1).await.unwrap().remove(0);
    assert_exposed(&store, &row.reference.unwrap()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_new_timeline_sends_nothing_before_a_reconciliation() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    let journal = used(&store).await;
    store.server.recover_to_new_timeline();
    // Also for a process that was connected before.
    assert_suspect(&journal).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_table_that_lost_events_sends_nothing_before_a_reconciliation() {
    let store = PostgresStore::new();
    let journal = used(&store).await;
    let schema = store.url.rsplit("%3D").next().unwrap();
    let sql = format!(
        "DELETE FROM {schema}.nft_invoice_event
         WHERE number = (SELECT max(number) FROM {schema}.nft_invoice_event)"
    );
    store.server.sql("postgres", &sql);
    assert_suspect(&journal).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_rejected_row_that_was_sent_again_after_a_copy_gets_no_second_link() {
    let store = PostgresStore::on(Arc::new(Server::start()));
    let batch = Batch::with(Mode::Hosted, Store::Postgres(store.clone()));
    let journal = batch.open().await.unwrap();
    // An invalid row has no invoice to look for.
    let lines = [hosted(1), "{}".to_owned()];
    batch.load(&journal, &lines, false).await.unwrap();
    let journal = store.open().await.unwrap();
    let claimed = claim(&journal, 1).await.unwrap().claimed;
    journal
        .transact(ended(&claimed[0], Outcome::Rejected))
        .await
        .unwrap();
    let reference = &claimed[0].reference;
    store.server.copy_database("postgres", "copy");
    let url = store.url.replace("/postgres?", "/copy?");
    let copy = PostgresJournal::connect(&url, store.key.clone()).await;
    let copy = Arc::new(copy.unwrap());
    // The file of rejected rows is loaded into the copy, too, before the reconciliation.
    let again = [format!("# replaces {reference}"), hosted(1)];
    let source = batch.source("fix.ndjson", &*copy, &again);
    let loaded = copy.load(Box::new(source), true).await.unwrap();
    assert_eq!(loaded.retried, 1);
    reconcile(&copy, gateway_of_epoch(2, reference, "created")).await;
    copy.begin().await.unwrap();
    assert!(claim(&copy, 1).await.unwrap().claimed.is_empty());
    let expected = counts(&[(State::Unknown, 1), (State::Rejected, 1)]);
    assert_eq!(copy.counts().await.unwrap(), expected);
}
