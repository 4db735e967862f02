//! Handing out links, and what else is known of each row.

use std::io;

use crate::journal::{Change, Detail, Journal, JournalError, StoredRow, Transaction};
use crate::lifecycle::{Event, Progress, State};

/// Why an export ended early. Links that were written are marked as released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// How many rows are released in one transaction.
const BATCH: usize = 500;

/// Writes every row that was not replaced by a corrected one, in the order of the input.
///
/// This is when links leave the journal: that they do is stored before `write` sees them, so that no second link is
/// ever handed out for a row. A row of which no link may be handed out has none.
///
/// # Errors
///
/// If `write` fails, or the journal cannot be read or written.
pub async fn export(
    journal: &dyn Journal,
    mut write: impl FnMut(&StoredRow) -> io::Result<()>,
) -> Result<(), ExportError> {
    let mut after = 0;
    loop {
        let mut rows = journal.rows(&State::ALL, after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.number;
        rows.retain(|row| row.state != State::Replaced);
        release(journal, &mut rows).await?;
        rows.iter()
            .try_for_each(&mut write)
            .map_err(ExportError::Output)?;
    }
}

/// Stores that the links of these rows leave, and takes the others away.
async fn release(journal: &dyn Journal, rows: &mut [StoredRow]) -> Result<(), JournalError> {
    let is_new = |row: &StoredRow| {
        let progress = row.progress.as_ref();
        row.state == State::Accepted
            && progress.is_some_and(|progress| progress.link.is_some() && !progress.is_released)
    };
    let changes: Vec<_> = rows
        .iter()
        .filter(|row| is_new(row))
        .filter_map(|row| {
            Some(Change {
                reference: row.reference.clone()?,
                event: Event::Released,
                detail: Detail::default(),
            })
        })
        .collect();
    if !changes.is_empty() {
        let transaction = Transaction {
            changes,
            claim: None,
        };
        let mut applied = journal.transact(transaction).await?.applied.into_iter();
        for row in rows.iter_mut().filter(|row| is_new(row)) {
            row.progress = applied.next().and_then(Result::ok).or(row.progress.take());
        }
    }
    for row in rows {
        let may_leave = |progress: &Progress<_>| progress.is_released || progress.link.is_none();
        if !row.progress.as_ref().is_some_and(may_leave) {
            row.link = None;
        }
    }
    Ok(())
}
