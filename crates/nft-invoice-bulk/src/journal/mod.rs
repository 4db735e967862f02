//! Where the rows of a bulk creation are stored, with everything that happened to them.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod correction;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod namesake;
#[cfg(feature = "postgres")]
pub mod postgres;
mod row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod timeline;

use std::fmt::Debug;

use async_trait::async_trait;
use nft_invoice::{Mode, Reference};

use crate::JournalKey;
use crate::input::{Row, ValidRow};
use crate::lifecycle::{Event, State};

pub use error::JournalError;
pub use row::{
    Change, Claim, ClaimFrom, ClaimRequest, Counts, Detail, Loaded, Owner, Setting, StoredRow,
    Transaction, Written,
};
pub use timeline::{Ends, Part, Timeline};

/// A journal: one for each batch of invoices.
///
/// What a method has returned is on the disk. After an error nothing more may be sent: whether the last transaction was
/// stored is not known then.
#[async_trait]
pub trait Journal: Debug + Send + Sync {
    /// Returns the mode of all its rows.
    fn mode(&self) -> Mode;

    /// Returns its key, which the rows of an input are read with.
    fn key(&self) -> &JournalKey;

    /// Returns whether it counts the requests of all processes, so that they have one rate limit together.
    fn shares_rate(&self) -> bool {
        false
    }

    /// Takes the rows of an input in one transaction, and leaves those that it already has as they are, except for
    /// rejected rows: one that a valid row of the input [replaces](Row::replaces) is not counted any more, also if it is
    /// loaded again later, and one that the gateway rejected and that replaces itself is sent again.
    ///
    /// The input is one that the journal has if it has the same name, contains a row of it, and misses none but rejected
    /// ones. Of those that are gone, invalid ones are removed, and new rows replace those that the gateway rejected if there
    /// are as many new ones. Otherwise it is another input, and its name gets a number if the journal has that name.
    ///
    /// # Errors
    ///
    /// Nothing is stored if the input cannot be read to its end, if the connection to the database is lost before, or if
    /// rows of the journal are missing in it, `allow_missing` is false, and it has new rows or misses rows of an input of
    /// its name. Then load the input again.
    async fn load(
        &self,
        source: Box<dyn Source>,
        allow_missing: bool,
    ) -> Result<Loaded, JournalError>;

    /// Begins a run: rows of owners that are gone become `Unknown`, parked rows and hosted rows with an unknown outcome
    /// are sent again.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read or written.
    async fn begin(&self) -> Result<(), JournalError>;

    /// Applies changes and claims rows, in one transaction.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read or written.
    async fn transact(&self, transaction: Transaction) -> Result<Written, JournalError>;

    /// Checks that what is stored is not damaged, as far as the database can find out.
    ///
    /// # Errors
    ///
    /// If it is damaged, or cannot be read.
    async fn check(&self) -> Result<(), JournalError> {
        Ok(())
    }

    /// Returns how many rows are in each state.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read.
    async fn counts(&self) -> Result<Counts, JournalError>;

    /// Returns how the requests ended, over time.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read.
    async fn timeline(&self) -> Result<Timeline, JournalError>;

    /// Returns up to `limit` rows in these states after the row with the number `after`, in the order of the input.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read.
    async fn rows(
        &self,
        states: &[State],
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, JournalError>;

    /// Returns the settings of a database server that decide whether what it has stored survives a power failure.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    async fn settings(&self) -> Result<Vec<Setting>, JournalError> {
        Ok(Vec::new())
    }

    /// Returns whether rows that were sent can look unsent, because the journal was restored from a copy. Nothing is
    /// claimed and no link released until a reconciliation [trusts](Self::trust) it.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read.
    async fn is_suspect(&self) -> Result<bool, JournalError> {
        Ok(false)
    }

    /// Accepts the journal as it is.
    ///
    /// # Errors
    ///
    /// If the journal cannot be written.
    async fn trust(&self) -> Result<(), JournalError> {
        Ok(())
    }
}

/// The rows of an input, for [`Journal::load`].
pub trait Source: Send {
    /// Returns the name of the input, for people, and to recognize it when it is loaded again.
    fn name(&self) -> &str;

    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// If the input cannot be read any further.
    fn next(&mut self) -> std::io::Result<Option<Row>>;

    /// Takes note of the reference of the row that was read last, and of its state.
    fn loaded(&mut self, reference: &Reference, state: State, row: ValidRow);
}

/// What can happen to a stored row.
pub type RowEvent = Event<Owner>;
