use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::error::DatabaseError;
use super::{checksum_chain, head, open_file, owners_only};
use crate::payment::Change;
use crate::store::entry::Entry;

/// What is left of a database: everything before the first damaged row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntactData {
    /// The number of events.
    pub events: u64,
    /// The number of invoices in these events.
    pub invoices: u64,
}

/// Copies the intact part of a damaged database to the new file `to`, and returns what it contains. The damaged file is
/// left unchanged.
///
/// # Errors
///
/// Returns an error if no event can be read, if `to` exists, or if it cannot be written.
pub fn recover_database(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
) -> Result<IntactData, DatabaseError> {
    let from = open_file(from.as_ref(), OpenOptions::new().read(true))?;
    let left = IntactData::of(&from)?;
    if left.events == 0 {
        return Err(DatabaseError::Damaged(left));
    }
    let copy = owners_only().create_new(true).open(&to);
    let copy = copy.map_err(|error| named(to.as_ref(), &error))?;
    let copied = copy_rows(from, copy);
    if copied.is_err() {
        let _ = fs::remove_file(to);
    }
    copied.map(|()| left)
}

/// Both files can be the reason.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn copy_rows(mut from: File, mut to: File) -> Result<(), DatabaseError> {
    let (last, end) = checksum_chain::read(&from, |_, _| Ok(()))?;
    head::write_new(&mut to)?;
    from.seek(SeekFrom::Start(head::ROWS))?;
    io::copy(&mut from.take(end - head::ROWS), &mut to)?;
    to.sync_all()?;
    Ok(head::write(&mut to, last)?)
}

impl IntactData {
    pub(super) fn of(file: &File) -> Result<Self, DatabaseError> {
        let mut left = Self::default();
        checksum_chain::read(file, |_, entries| {
            for entry in Entry::from_json(entries).unwrap_or_default() {
                left.events += 1;
                match entry {
                    Entry::Event { event, .. } if matches!(event.change, Change::Created(_)) => {
                        left.invoices += 1;
                    }
                    Entry::Reset { .. } => left.invoices = 0,
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(left)
    }
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
