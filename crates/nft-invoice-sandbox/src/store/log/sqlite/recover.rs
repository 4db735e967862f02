use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use super::chain::{self, Link};
use super::{DatabaseError, Log, SCHEMA, read_only};
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
    let rows = intact(&from);
    let left = IntactData::of(&rows);
    if left.events == 0 {
        return Err(DatabaseError::Damaged(left));
    }
    super::create_file(&to)?;
    let copied = copy(rows, &to);
    if copied.is_err() {
        let _ = fs::remove_file(&to);
    }
    copied.map(|()| left)
}

fn copy(rows: Vec<String>, to: &Path) -> Result<(), DatabaseError> {
    let mut connection = Log::connect(to)?;
    let transaction = connection.transaction()?;
    chain::append(&transaction, Link::default(), rows)?;
    Ok(transaction.commit()?)
}

/// Reads the intact rows of a damaged database, and leaves it unchanged.
pub(super) fn intact(path: &Path) -> Vec<String> {
    let opens: [fn(&Path) -> rusqlite::Result<Connection>; 2] = [read_only, with_new_first_page];
    let mut rows = Vec::new();
    for open in opens {
        // The first damaged row ends it.
        let _ = open(path).map_err(Into::into).and_then(|connection| {
            chain::read(&connection, |_, entry| {
                rows.push(entry.to_owned());
                Ok(())
            })
        });
        if !rows.is_empty() {
            break;
        }
    }
    rows
}

impl IntactData {
    pub(super) fn of(rows: &[String]) -> Self {
        let mut left = Self::default();
        for row in rows {
            left.events += 1;
            match Entry::from_json(row) {
                Ok(Entry::Event { event, .. }) if matches!(event.change, Change::Created(_)) => {
                    left.invoices += 1;
                }
                Ok(Entry::Reset { .. }) => left.invoices = 0,
                _ => {}
            }
        }
        left
    }
}

/// Reads the file into memory and replaces its first page, which has the header and the schema. These are the same in
/// every database, except for the number of pages.
fn with_new_first_page(path: &Path) -> rusqlite::Result<Connection> {
    const PAGE_SIZE: usize = 4096;
    const PAGES: Range<usize> = 28..32;
    // A damaged journal can make SQLite extend the file to terabytes.
    const LIMIT: u64 = 1 << 30;

    let mut new = Connection::open_in_memory()?;
    new.execute_batch(SCHEMA)?;
    let mut page = new.serialize("main")?[..PAGE_SIZE].to_vec();
    let bytes = match fs::metadata(path) {
        Ok(file) if file.len() <= LIMIT => fs::read(path).unwrap_or_default(),
        _ => Vec::new(),
    };
    let pages = u32::try_from(bytes.len() / PAGE_SIZE).unwrap_or(u32::MAX);
    page[PAGES].copy_from_slice(&pages.to_be_bytes());
    page.extend(bytes.get(PAGE_SIZE..).unwrap_or_default());

    let mut connection = Connection::open_in_memory()?;
    connection.deserialize_read_exact("main", &page[..], page.len(), true)?;
    Ok(connection)
}
