//! Rows whose outcome stays unknown, and what a person decides about them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use nft_invoice::Reference;

use crate::journal::{Change, Detail, Journal, JournalError, Transaction};
use crate::lifecycle::{Event, NotApplied, Progress, State};

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

/// The rows with an unknown outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownRows {
    /// How many of them [need a person](crate::lifecycle::Progress::needs_person).
    pub needing_person: u64,
    /// Why their outcome is unknown, in words without any secret, and for how many rows: the most frequent reason first. A
    /// row of a restored database can have none.
    pub reasons: Vec<(String, u64)>,
}

impl UnknownRows {
    /// Reads them from a journal.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read.
    pub async fn read(journal: &dyn Journal) -> Result<Self, JournalError> {
        const PAGE: usize = 1000;
        let (mut after, mut needing_person) = (0, 0);
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        loop {
            let rows = journal.rows(&[State::Unknown], after, PAGE).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = last.number;
            for row in rows {
                let progress = row.progress.as_ref();
                needing_person += u64::from(progress.is_some_and(Progress::needs_person));
                if let Some(reason) = row.reason {
                    *reasons.entry(reason).or_default() += 1;
                }
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, rows)| Reverse(*rows));
        Ok(Self {
            needing_person,
            reasons,
        })
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
