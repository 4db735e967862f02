//! Rows whose outcome stays unknown, and what a person decides about them.

use nft_invoice::Reference;

use crate::journal::{Change, Detail, Journal, JournalError, Transaction};
use crate::lifecycle::{Event, NotApplied, State};

/// A decision about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The card of an S2S row was certainly not charged, and is sent again by the next run. If that is wrong, the
    /// customer pays twice.
    NotCharged,
    /// Nothing more happens to the row, for example because the customer got an invoice of another kind.
    Resolved,
}

/// Why a decision was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// The row is not in a state in which this can be decided.
    #[error(transparent)]
    NotApplied(#[from] NotApplied),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Returns how many rows with an unknown outcome [need a person](crate::lifecycle::Progress::needs_person).
///
/// # Errors
///
/// If the journal cannot be read.
pub async fn needing_person(journal: &dyn Journal) -> Result<u64, JournalError> {
    const PAGE: usize = 1000;
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = journal.rows(&[State::Unknown], after, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after = last.number;
        let progress = rows.iter().filter_map(|row| row.progress.as_ref());
        count += progress.filter(|row| row.needs_person()).count() as u64;
    }
}

/// Stores a decision about the row with this reference, and its reason; returns the row's state.
///
/// # Errors
///
/// If there is no such row, its outcome is not unknown, or the journal cannot be written.
pub async fn decide(
    journal: &dyn Journal,
    reference: &Reference,
    decision: Decision,
    reason: &str,
) -> Result<State, DecisionError> {
    let change = Change {
        reference: reference.clone(),
        event: match decision {
            Decision::NotCharged => Event::NotCharged,
            Decision::Resolved => Event::Resolved,
        },
        detail: Detail {
            reason: Some(reason.to_owned()),
            ..Detail::default()
        },
    };
    let transaction = Transaction {
        changes: vec![change],
        claim: None,
    };
    let mut applied = journal.transact(transaction).await?.applied.into_iter();
    let progress = applied.next().unwrap_or(Err(NotApplied::NotPermitted))?;
    Ok(progress.state)
}
