use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nft_invoice::Draft;
use serde_json::{Map, Value};

use super::file::LIMIT;

/// A CSV file of invoices: a header of the gateway's names, and a row an invoice.
///
/// A column whose name begins with `#` is a note and is ignored. `ipfsMetadata.name` is a field inside of `ipfsMetadata`. An empty cell leaves its field out. Unlike JSON, the cells pass
/// through memory that is not wiped.
pub struct Table {
    reader: csv::Reader<Limited>,
    columns: Vec<String>,
    left: Arc<AtomicUsize>,
}

/// A row that was read.
#[derive(Debug)]
pub struct TableRow {
    /// The line of the file in which it begins, from 1.
    pub line: u64,
    /// What it contains, or why it cannot be read.
    pub draft: Result<Draft, String>,
}

impl Table {
    /// Opens a file, or standard input for `-`, and reads the header.
    ///
    /// # Errors
    ///
    /// If it cannot be opened or read.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            Self::new(Box::new(io::stdin()))
        } else {
            Self::new(Box::new(std::fs::File::open(path)?))
        }
    }

    fn new(source: Box<dyn Read + Send>) -> io::Result<Self> {
        let left = Arc::new(AtomicUsize::new(ROW));
        let limited = Limited {
            source,
            left: Arc::clone(&left),
            last: b'\n',
            quotes: Quotes::default(),
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // The carriage return of a line end becomes a part of the last cell, so that lines are counted right.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(limited);
        let mut table = Self {
            reader,
            columns: Vec::new(),
            left,
        };
        if let Some((_, header)) = table.record()? {
            let header = header.map_err(io::Error::other)?;
            table.columns = header.iter().map(|name| name.trim().to_owned()).collect();
        }
        Ok(table)
    }

    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// If it cannot be read any further.
    pub fn read_row(&mut self) -> io::Result<Option<TableRow>> {
        let Some((line, record)) = self.record()? else {
            return Ok(None);
        };
        let draft = record.and_then(|record| match (record.len(), self.columns.len()) {
            (cells, names) if cells != names => {
                Err(format!("it has {cells} cells, and the header has {names}"))
            }
            _ => Ok(self.draft(&record)),
        });
        Ok(Some(TableRow { line, draft }))
    }

    /// Returns the names of the columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the cells of the next row, which may be no text, and the line in which it begins.
    pub(super) fn read_cells(&mut self) -> io::Result<Option<(u64, Vec<Vec<u8>>)>> {
        let Some((line, record)) = self.bytes()? else {
            return Ok(None);
        };
        let cells = record
            .iter()
            .map(|cell| cell.strip_suffix(b"\r").unwrap_or(cell).to_owned());
        Ok(Some((line, cells.collect())))
    }

    /// The next row, or why it is no text; and its first line.
    fn record(&mut self) -> io::Result<Option<(u64, Result<csv::StringRecord, String>)>> {
        Ok(self.bytes()?.map(|(line, record)| {
            let text = csv::StringRecord::from_byte_record(record);
            let text = text.map_err(|_| "it is not UTF-8. Save the file as UTF-8".to_owned());
            (line, text)
        }))
    }

    /// The next row that is not blank, and its first line.
    fn bytes(&mut self) -> io::Result<Option<(u64, csv::ByteRecord)>> {
        let mut record = csv::ByteRecord::new();
        loop {
            self.left.store(ROW, Ordering::Relaxed);
            if !self.reader.read_byte_record(&mut record)? {
                return Ok(None);
            }
            if record.as_slice() != b"\r" {
                break;
            }
        }
        let line_ends = record.as_slice().iter().filter(|b| **b == b'\n').count() as u64;
        // The reader is at the beginning of the next line.
        let line = self.reader.position().line().saturating_sub(1 + line_ends);
        Ok(Some((line, record)))
    }

    fn draft(&self, record: &csv::StringRecord) -> Draft {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let mut nested: Map<String, Value> = Map::new();
        let cells = record
            .iter()
            .map(|cell| cell.strip_suffix('\r').unwrap_or(cell));
        let cells = self.columns.iter().zip(cells);
        for (column, cell) in
            cells.filter(|(name, cell)| !name.starts_with('#') && !cell.trim().is_empty())
        {
            match column.split_once('.') {
                None => pairs.push((column, cell.to_owned())),
                Some((field, path)) => {
                    let mut place = nested.entry(field).or_insert_with(|| Map::new().into());
                    for name in path.splitn(DEPTH, '.') {
                        // A column and one inside of it: the later one replaces the earlier one.
                        if !place.is_object() {
                            *place = Map::new().into();
                        }
                        place = &mut place[name];
                    }
                    *place = cell.into();
                }
            }
        }
        let nested = nested
            .iter()
            .map(|(field, value)| (field.as_str(), value.to_string()));
        Draft::from_pairs(pairs.into_iter().chain(nested))
    }
}

/// How deep a column's name can go; what follows is one name.
const DEPTH: usize = 32;

/// The most bytes that are read for a row, with room for what is read ahead.
const ROW: usize = LIMIT + 64 * 1024;

/// Ends with an error when a row is too long or its quotation marks are wrong, so that it would swallow the rows below
/// it. Adds the last line end if there is none.
struct Limited {
    source: Box<dyn Read + Send>,
    left: Arc<AtomicUsize>,
    last: u8,
    quotes: Quotes,
}

/// Follows the quotation marks of a file. The CSV reader accepts any.
struct Quotes {
    place: Place,
    line: u64,
    /// The line of the last quotation mark that opened a cell.
    opened: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    /// After a quotation mark in a quoted cell: its end, or the first of two.
    Quote,
}

impl Default for Quotes {
    fn default() -> Self {
        Self {
            place: Place::CellStart,
            line: 1,
            opened: 1,
        }
    }
}

impl Quotes {
    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        for &byte in bytes {
            self.place = match (self.place, byte) {
                (Place::CellStart, b'"') => {
                    self.opened = self.line;
                    Place::Quoted
                }
                // A byte order mark.
                (Place::CellStart, 0xef | 0xbb | 0xbf) if self.line == 1 => Place::CellStart,
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quoted, _) | (Place::Quote, b'"') => Place::Quoted,
                (Place::CellStart | Place::Plain | Place::Quote, b',' | b'\n') => Place::CellStart,
                (Place::Quote, b'\r') => Place::Quote,
                (Place::Quote, _) => {
                    return Err(
                        self.error("is followed by text. Double each quotation mark in a cell")
                    );
                }
                (Place::CellStart | Place::Plain, _) => Place::Plain,
            };
            self.line += u64::from(byte == b'\n');
        }
        Ok(())
    }

    fn end(&self) -> io::Result<()> {
        if self.place == Place::Quoted {
            return Err(self.error("is not closed"));
        }
        Ok(())
    }

    fn error(&self, what: &str) -> io::Error {
        let line = self.opened;
        let message = format!("the quoted cell that begins in line {line} {what}");
        io::Error::new(io::ErrorKind::InvalidData, message)
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.source.read(buffer)?;
        self.quotes.read(&buffer[..read])?;
        if read == 0 && !buffer.is_empty() {
            self.quotes.end()?;
        }
        if read == 0 && self.last != b'\n' && !buffer.is_empty() {
            buffer[0] = b'\n';
            read = 1;
        }
        self.last = buffer[..read].last().copied().unwrap_or(self.last);
        match self.left.load(Ordering::Relaxed).checked_sub(read) {
            Some(left) => self.left.store(left, Ordering::Relaxed),
            None => {
                let line = self.quotes.opened;
                return Err(io::Error::other(format!(
                    "a row is longer than 1 MiB, the maximum of an invoice. The last quoted cell begins in line {line}"
                )));
            }
        }
        Ok(read)
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines in which the rows begin, or the error.
    fn lines(text: &str) -> Result<Vec<u64>, String> {
        let source = io::Cursor::new(text.as_bytes().to_vec());
        let mut table = Table::new(Box::new(source)).map_err(|error| error.to_string())?;
        let mut lines = Vec::new();
        while let Some(row) = table.read_row().map_err(|error| error.to_string())? {
            lines.push(row.line);
        }
        Ok(lines)
    }

    #[test]
    fn reads_quoted_cells() {
        let text = "\u{feff}\"a\",b\r\n\"1\n2\",\"say \"\"so\"\"\"\r\n5\" pipe,2\n\"\",\"last\"";
        assert_eq!(lines(text), Ok(vec![2, 4, 5]));
    }

    #[test]
    fn a_wrong_quotation_mark_swallows_no_rows() {
        let open = "a,b\n1,2\n3,\"4\n5,6\n";
        assert_eq!(
            lines(open).unwrap_err(),
            "the quoted cell that begins in line 3 is not closed"
        );
        // The next quotation mark is not the end of the first cell.
        let text = format!("{open}7,\"8\"\n");
        assert_eq!(
            lines(&text).unwrap_err(),
            "the quoted cell that begins in line 3 is followed by text. Double each quotation mark in a cell"
        );
        let long = format!("a,b\n1,2\n3,\"4\n{}", "5,6\n".repeat(LIMIT));
        assert!(lines(&long).unwrap_err().contains("begins in line 3"));
    }
}
