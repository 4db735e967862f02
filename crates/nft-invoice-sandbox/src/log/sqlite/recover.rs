use std::fmt;
use std::fs;
use std::path::Path;

use super::chain::{self, Link};
use super::{DatabaseError, Log, read_only};
use crate::event::Change;
use crate::log::{Entry, row};

/// What is left of a database: everything before the first damaged row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntactData {
    /// The number of events.
    pub events: u64,
    /// The number of invoices in these events.
    pub invoices: u64,
}

impl fmt::Display for IntactData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count| if count == 1 { "" } else { "s" };
        let (events, invoices) = (self.events, self.invoices);
        write!(
            f,
            "{events} event{} ({invoices} invoice{})",
            plural(events),
            plural(invoices)
        )
    }
}

/// Copies the intact part of a damaged database to the new file `to`, and returns what it contains. The damaged file is
/// left unchanged. Requires the feature `sqlite`.
///
/// # Errors
///
/// Returns an error if no event can be read, if `to` exists, or if it cannot be written.
pub fn recover_database(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
) -> Result<IntactData, DatabaseError> {
    let (from, to) = (std::path::absolute(from)?, std::path::absolute(to)?);
    let left = intact(&from, |_, _| Ok(()))?;
    if left.events == 0 {
        return Err(DatabaseError::Damaged(left));
    }
    super::create_file(&to)?;
    let copied = copy(&from, &to);
    if copied.is_err() {
        let _ = fs::remove_file(&to);
    }
    copied
}

fn copy(from: &Path, to: &Path) -> Result<IntactData, DatabaseError> {
    let mut connection = Log::connect(to)?;
    let transaction = connection.transaction()?;
    let mut last = Link::default();
    let copied = intact(from, |link, entry| {
        last = link;
        Ok(chain::insert(&transaction, link, entry)?)
    })?;
    last.write_head(&transaction)?;
    transaction.commit()?;
    Ok(copied)
}

/// Reads the intact rows of a damaged database, and leaves it unchanged. The error is that of `then`.
pub(super) fn intact(
    path: &Path,
    mut then: impl FnMut(Link, &str) -> Result<(), DatabaseError>,
) -> Result<IntactData, DatabaseError> {
    let mut left = IntactData::default();
    let mut failed = None;
    let mut read = || {
        let connection = read_only(path)?;
        chain::read(&connection, &mut Link::default(), |link, entry| {
            if let Err(error) = then(link, entry) {
                failed = Some(error);
                return Err(DatabaseError::damaged());
            }
            left.events += 1;
            match row::read(entry) {
                Ok(Entry::Event(event, _)) if matches!(event.change, Change::Created(_)) => {
                    left.invoices += 1;
                }
                Ok(Entry::Reset { .. }) => left.invoices = 0,
                _ => {}
            }
            Ok(())
        })
    };
    // The first damaged row ends it.
    let _ = read();
    failed.map_or(Ok(left), Err)
}
