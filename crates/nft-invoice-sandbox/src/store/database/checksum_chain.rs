use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::error::DatabaseError;
use super::head::ROWS;

/// A row is shorter: a request has at most 1 MiB, and is in it twice, with escapes. So a file of another kind is not read into
/// memory as one row.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The number of a row and its checksum, which covers all rows up to it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) number: u64,
    pub(super) checksum: [u8; 32],
}

impl Link {
    /// The row with these entries that follows this one.
    pub(super) fn next(self, entries: &str) -> Self {
        let number = self.number + 1;
        let digest = Sha256::new()
            .chain_update(self.checksum)
            .chain_update(number.to_be_bytes())
            .chain_update(entries)
            .finalize();
        let checksum = digest.into();
        Self { number, checksum }
    }

    /// The line of the file with these entries, which are the row's own.
    pub(super) fn line(self, entries: &str) -> String {
        format!("{} {entries}\n", hex::encode(self.checksum))
    }
}

/// Reads the rows in order, until one is damaged or incomplete. Returns the last one, and where it ends in the file.
pub(super) fn read(
    mut file: &File,
    mut then: impl FnMut(Link, &str) -> Result<(), DatabaseError>,
) -> Result<(Link, u64), DatabaseError> {
    file.seek(SeekFrom::Start(ROWS))?;
    let mut reader = BufReader::new(file);
    let (mut last, mut end, mut line) = (Link::default(), ROWS, Vec::new());
    loop {
        line.clear();
        let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        let line = str::from_utf8(&line).unwrap_or_default();
        let entries = line.split_once(' ').map_or("", |(_, rest)| rest.trim_end());
        let next = last.next(entries);
        if next.line(entries) != line {
            return Ok((last, end));
        }
        then(next, entries)?;
        last = next;
        end += length as u64;
    }
}
