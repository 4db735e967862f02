//! Journals in a PostgreSQL server that the tests start.

mod leases;
mod opening;
mod outages;
mod proxy;
mod rate;
mod restored;
mod server;

use std::sync::Arc;

use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::{
    Change, Claim, ClaimFrom, ClaimRequest, Detail, Journal, JournalError, Owner, Transaction,
    Written,
};
use nft_invoice_bulk::lifecycle::{Event, Outcome};

use self::server::Server;
use crate::runs::{Batch, Store, hosted};

/// One journal in a server.
pub(crate) struct PostgresStore {
    server: Arc<Server>,
    url: String,
    key: JournalKey,
}

impl PostgresStore {
    pub(crate) fn new() -> Self {
        Self::on(Server::shared())
    }

    fn on(server: Arc<Server>) -> Self {
        Self {
            url: server.schema(),
            server,
            key: JournalKey::random().unwrap(),
        }
    }

    pub(crate) async fn open(&self) -> Result<PostgresJournal, JournalError> {
        PostgresJournal::connect(&self.url, self.key.clone()).await
    }

    /// Opens the journal and loads this many rows.
    async fn with_rows(&self, rows: usize) -> PostgresJournal {
        let batch = Batch::with(nft_invoice::Mode::Hosted, Store::Postgres(self.clone()));
        let lines: Vec<_> = (1..=rows).map(hosted).collect();
        let journal = batch.open().await.unwrap();
        batch.load(&journal, &lines, false).await.unwrap();
        self.open().await.unwrap()
    }
}

impl Clone for PostgresStore {
    fn clone(&self) -> Self {
        Self {
            server: Arc::clone(&self.server),
            url: self.url.clone(),
            key: self.key.clone(),
        }
    }
}

/// Claims up to `rows` rows for a new owner.
async fn claim(journal: &PostgresJournal, rows: usize) -> Result<Written, JournalError> {
    let claim = ClaimRequest {
        owner: Owner::random().unwrap(),
        from: ClaimFrom::Any(rows),
        rate: None,
    };
    let transaction = Transaction {
        changes: Vec::new(),
        claim: Some(claim),
    };
    journal.transact(transaction).await
}

/// The end of a claim's request.
fn ended(claim: &Claim, outcome: Outcome) -> Transaction {
    let change = Change {
        reference: claim.reference.clone(),
        event: Event::Ended {
            epoch: claim.epoch,
            owner: claim.owner.clone(),
            outcome,
        },
        detail: Detail::default(),
    };
    Transaction {
        changes: vec![change],
        claim: None,
    }
}
