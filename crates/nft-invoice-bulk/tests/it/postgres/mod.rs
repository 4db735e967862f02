//! Journals in a PostgreSQL server that the tests start.

mod server;

use std::sync::Arc;

use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::journal::JournalError;
use nft_invoice_bulk::journal::postgres::PostgresJournal;

use self::server::Server;

/// One journal in the server.
pub(crate) struct PostgresStore {
    pub(crate) server: Arc<Server>,
    pub(crate) url: String,
    key: JournalKey,
}

impl PostgresStore {
    pub(crate) fn new() -> Self {
        Self::on(Server::shared())
    }

    pub(crate) fn on(server: Arc<Server>) -> Self {
        Self {
            url: server.schema(),
            server,
            key: JournalKey::random().unwrap(),
        }
    }

    pub(crate) async fn open(&self) -> Result<PostgresJournal, JournalError> {
        PostgresJournal::connect(&self.url, self.key.clone()).await
    }
}
