use std::sync::Arc;
use std::time::Instant;

use nft_invoice::mock::MockTransport;
use nft_invoice::{ApiKey, Client, Config};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_bulk::run::{RunOptions, Runner, Stop};
use tokio::task::JoinSet;

use super::PostgresStore;
use crate::runs::{CREATED, counts, response, rules};

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn ten_workers_keep_one_rate_together() {
    const ROWS: u64 = 120;
    const RATE: f64 = 40.0;
    let store = PostgresStore::new();
    let journal = store.with_rows(ROWS as usize).await;
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..10 {
        let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
        let client = Client::with_transport(config, mock.clone()).unwrap();
        let journal = Arc::new(store.open().await.unwrap());
        let options = RunOptions {
            rate: Some(RATE),
            rules: rules(),
            ..RunOptions::default()
        };
        workers.spawn(async move {
            let runner = Runner::new(client, journal, options);
            runner.run(&Stop::new(), |_| ()).await.unwrap()
        });
    }
    while let Some(ended) = workers.join_next().await {
        assert_eq!(ended.unwrap().halt, None);
    }
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(mock.requests().len() as u64, ROWS);
    assert_eq!(
        journal.counts().await.unwrap(),
        counts(&[(State::Accepted, ROWS)])
    );
    // What a tenth of a second brings can be there at the beginning.
    let least = (ROWS as f64 - RATE / 10.0) / RATE;
    assert!(
        seconds >= least,
        "{ROWS} in {seconds} s, at least {least} s"
    );
}
