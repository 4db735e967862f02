use rusqlite::{Connection, Transaction};
use sha2::{Digest, Sha256};

use super::DatabaseError;

/// The number of a row and its checksum, which covers all rows up to it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Link {
    number: i64,
    checksum: [u8; 32],
}

impl Link {
    pub(super) fn next(self, entry: &str) -> Self {
        let number = self.number + 1;
        let digest = Sha256::new()
            .chain_update(self.checksum)
            .chain_update(number.to_be_bytes())
            .chain_update(entry)
            .finalize();
        let checksum = digest.into();
        Self { number, checksum }
    }

    /// The last acknowledged row. It is in a table of its own and therefore on another page than the rows, so that one
    /// damaged page cannot remove both.
    pub(super) fn head(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT number, checksum FROM head", [], Self::from_row)
    }

    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get("number")?,
            checksum: row.get("checksum")?,
        })
    }
}

/// Reads the rows in order, until one is missing or damaged. Returns the last row.
pub(super) fn read(
    connection: &Connection,
    mut then: impl FnMut(i64, &str) -> Result<(), DatabaseError>,
) -> Result<Link, DatabaseError> {
    let all = "SELECT number, entry, checksum FROM log ORDER BY number";
    let mut all = connection.prepare(all)?;
    let mut rows = all.query([])?;
    let mut last = Link::default();
    while let Some(row) = rows.next()? {
        let entry = row.get_ref("entry")?.as_str();
        let entry = entry.map_err(|_| DatabaseError::damaged())?;
        let next = last.next(entry);
        if Link::from_row(row)? != next {
            return Err(DatabaseError::damaged());
        }
        then(next.number, entry)?;
        last = next;
    }
    Ok(last)
}

/// Adds rows after `last`, and returns the last of them.
pub(super) fn append(
    transaction: &Transaction<'_>,
    mut last: Link,
    entries: impl IntoIterator<Item = String>,
) -> rusqlite::Result<Link> {
    let insert = "INSERT INTO log (number, entry, checksum) VALUES (?1, ?2, ?3)";
    let mut insert = transaction.prepare(insert)?;
    for entry in entries {
        last = last.next(&entry);
        insert.execute((last.number, entry, last.checksum))?;
    }
    let update = "UPDATE head SET number = ?1, checksum = ?2";
    match transaction.execute(update, (last.number, last.checksum))? {
        1 => Ok(last),
        count => Err(rusqlite::Error::StatementChangedRows(count)),
    }
}
