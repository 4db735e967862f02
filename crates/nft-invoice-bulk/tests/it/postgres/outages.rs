use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nft_invoice::Mode;
use nft_invoice::mock::MockTransport;
use nft_invoice_bulk::journal::{Change, Detail, Journal, Transaction};
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
    let proxy = Proxy::start(store.server.port());
    let url = store.url.replace(
        &format!(":{}/", store.server.port()),
        &format!(":{}/", proxy.port),
    );
    let doubtful = PostgresStore {
        url,
        ..store.clone()
    }
    .open()
    .await
    .unwrap();
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
