use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nft_invoice::{Draft, Reference};
use serde_json::{Map, Value};

use super::file::LIMIT;
use super::header::{self, Header, is_note};
use super::rejected::REPLACES;
use super::row::ID;
use super::rows::Format;
use super::start;

/// A CSV file of invoices: a header of the gateway's names, and a row an invoice. Commas, semicolons or tabs separate
/// the cells; the header shows which.
///
/// A column whose name begins with `#` is a note, which is not sent: `#id` is the merchant's own id of the row, `#replaces`
/// names the row whose place it takes, and others are ignored. `ipfsMetadata.name` is a field inside of
/// `ipfsMetadata`. Upper and lower case make no difference in the name of a field. An empty cell leaves its field out. Unlike JSON, the cells pass through memory that is not wiped.
pub struct Table {
    reader: csv::Reader<Limited>,
    separator: u8,
    /// `None` if the file is empty.
    header: Option<Header>,
    left: Arc<AtomicUsize>,
}

/// A row that was read.
#[derive(Debug)]
pub struct TableRow {
    /// The line of the file in which it begins, from 1.
    pub line: u64,
    /// The row whose place it takes, from the note `#replaces`.
    pub replaces: Option<Reference>,
    /// Its cells below their names, without notes, empty cells and those of a card.
    pub(super) content: Vec<u8>,
    /// What it contains, or why it cannot be read.
    pub draft: Result<Draft, String>,
}

impl Table {
    /// Opens a file, or standard input for `-`, and reads the header.
    ///
    /// # Errors
    ///
    /// If it cannot be opened or read, the header has a column that is not a field or is repeated, or a file is not
    /// UTF-8. Of a pipe, which is read once, only the rows that are not UTF-8 are invalid.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Self::new(Box::new(io::stdin()));
        }
        let mut file = File::open(path)?;
        if file.metadata()?.is_file() {
            check_encoding(&mut file)?;
            file.rewind()?;
        }
        Self::new(Box::new(file))
    }

    fn new(source: Box<dyn Read + Send>) -> io::Result<Self> {
        let (start, source) = peek(source)?;
        let separator = header::separator(&start);
        let left = Arc::new(AtomicUsize::new(ROW));
        let limited = Limited {
            source: Box::new(io::Cursor::new(start).chain(source)),
            left: Arc::clone(&left),
            last: b'\n',
            quotes: Quotes::new(separator),
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            // The carriage return of a line end becomes a part of the last cell, so that lines are counted right.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(limited);
        let mut table = Self {
            reader,
            separator,
            header: None,
            left,
        };
        if let Some((_, cells)) = table.record()? {
            let header = cells.and_then(|cells| Header::new(&cells));
            let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
            table.header = Some(header.map_err(invalid)?);
        }
        Ok(table)
    }

    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// If it cannot be read any further.
    pub fn read_row(&mut self) -> io::Result<Option<TableRow>> {
        let Some((line, bytes)) = self.bytes()? else {
            return Ok(None);
        };
        let content = self.content(&bytes);
        let record = text(bytes);
        let replaces = record.as_ref().ok().and_then(|record| {
            let at = self.columns().iter().position(|name| name == REPLACES)?;
            Reference::new(record.get(at)?.trim()).ok()
        });
        let draft = record.and_then(|record| match (record.len(), self.columns().len()) {
            (cells, names) if cells != names => {
                Err(format!("it has {cells} cells, and the header has {names}"))
            }
            _ => Ok(self.draft(&record)),
        });
        Ok(Some(TableRow {
            line,
            replaces,
            content,
            draft,
        }))
    }

    /// Returns the names of the columns.
    pub(super) fn columns(&self) -> &[String] {
        self.header.as_ref().map_or(&[], Header::names)
    }

    /// Returns what separates the cells.
    pub(super) fn separator(&self) -> u8 {
        self.separator
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
        Ok(self.bytes()?.map(|(line, record)| (line, text(record))))
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

    fn content(&self, record: &csv::ByteRecord) -> Vec<u8> {
        let names = self.columns().iter().map(String::as_str);
        let names = names.chain(std::iter::repeat(""));
        let mut content = Vec::new();
        for (name, cell) in names.zip(record) {
            let cell = cell.trim_ascii();
            if !is_note(name) && !is_card(name) && !cell.is_empty() {
                content.extend_from_slice(&[name.as_bytes(), b"\0", cell, b"\0"].concat());
            }
        }
        content
    }

    fn draft(&self, record: &csv::StringRecord) -> Draft {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let mut nested: Map<String, Value> = Map::new();
        let cells = record
            .iter()
            .map(|cell| cell.strip_suffix('\r').unwrap_or(cell));
        let cells = self.columns().iter().zip(cells);
        let is_read = |name: &str| !is_note(name) || name == ID;
        for (column, cell) in cells.filter(|(name, cell)| is_read(name) && !cell.trim().is_empty())
        {
            match column.split_once('.') {
                None => pairs.push((column, cell.to_owned())),
                Some((field, path)) => {
                    let mut place = nested.entry(field).or_insert_with(|| Map::new().into());
                    // No column of a header is inside of another, so each place is an object.
                    for name in path.split('.') {
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

fn text(record: csv::ByteRecord) -> Result<csv::StringRecord, String> {
    csv::StringRecord::from_byte_record(record)
        .map_err(|_| "it is not UTF-8. Save the file as UTF-8".to_owned())
}

/// Whether a column contains a part of a card.
pub(super) fn is_card(name: &str) -> bool {
    name.starts_with("card_")
}

/// Reads a file to its end, and returns the first line that is not UTF-8 as an error. What is no text has a message of its
/// own, which needs no more than the beginning.
fn check_encoding(file: &mut File) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    // A character can begin at the end of what was read, and end in what follows.
    let (mut kept, mut line) = (0, 1_u64);
    let mut is_start = true;
    loop {
        let read = match file.read(&mut bytes[kept..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let end = kept + read;
        let start = &bytes[..end];
        if is_start && (start::packed(start).or_else(|| start::utf16(start))).is_some() {
            return Ok(());
        }
        is_start = false;
        let (valid, is_cut) = match str::from_utf8(&bytes[..end]) {
            Ok(_) => (end, true),
            Err(error) => (error.valid_up_to(), error.error_len().is_none()),
        };
        line += bytes[..valid].iter().filter(|byte| **byte == b'\n').count() as u64;
        kept = end - valid;
        if !is_cut || (read == 0 && kept > 0) {
            let message = format!("line {line} is not UTF-8. Save the file as UTF-8");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if read == 0 {
            return Ok(());
        }
        bytes.copy_within(valid..end, 0);
    }
}

/// The most bytes that are read for a row, with room for what is read ahead.
const ROW: usize = LIMIT + 64 * 1024;

/// Reads until the header is there, and returns that and what follows. A file that is no CSV is rejected.
fn peek(mut source: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut start = Vec::new();
    loop {
        let mut chunk = [0; 8 * 1024];
        let read = match source.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        start.extend_from_slice(&chunk[..read]);
        let mut lines = start.split_inclusive(|byte| *byte == b'\n');
        let has_line = lines.any(|line| line.ends_with(b"\n") && !line.trim_ascii().is_empty());
        if read == 0 || has_line || start.len() > ROW {
            start::check(&start, Format::Csv)?;
            return Ok((start, source));
        }
    }
}

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
    separator: u8,
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

impl Quotes {
    fn new(separator: u8) -> Self {
        Self {
            separator,
            place: Place::CellStart,
            line: 1,
            opened: 1,
        }
    }

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
                (Place::CellStart | Place::Plain | Place::Quote, byte)
                    if byte == self.separator || byte == b'\n' =>
                {
                    Place::CellStart
                }
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
            .field("columns", &self.columns())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use nft_invoice::{Date, Rules};

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
        let text =
            "\u{feff}\"email\",amount\r\n\"1\n2\",\"say \"\"so\"\"\"\r\n5\" pipe,2\n\"\",\"last\"";
        assert_eq!(lines(text), Ok(vec![2, 4, 5]));
    }

    #[test]
    fn a_wrong_quotation_mark_swallows_no_rows() {
        let open = "email,amount\n1,2\n3,\"4\n5,6\n";
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
        let long = format!("email,amount\n1,2\n3,\"4\n{}", "5,6\n".repeat(LIMIT));
        assert!(lines(&long).unwrap_err().contains("begins in line 3"));
    }

    /// The invoices' amounts, or why a row cannot be read.
    fn amounts(text: impl AsRef<[u8]>) -> Result<Vec<Result<String, String>>, String> {
        let source = io::Cursor::new(text.as_ref().to_vec());
        let mut table = Table::new(Box::new(source)).map_err(|error| error.to_string())?;
        let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
        let mut amounts = Vec::new();
        while let Some(row) = table.read_row().map_err(|error| error.to_string())? {
            amounts.push(row.draft.map(|draft| match draft.validate(&rules) {
                Ok(invoice) => invoice.amount().to_string(),
                Err(errors) => errors.to_string(),
            }));
        }
        Ok(amounts)
    }

    #[test]
    fn reads_what_a_spreadsheet_writes() {
        for text in [
            "email,amount,#note\nada@shop.example,15.04,\"a,b;c\"\n",
            "\u{feff}email;amount;#note\r\nada@shop.example;15.04;\"a,b;c\"\r\n",
            "email\tamount\t#note\nada@shop.example\t15.04\ta,b;c",
            "\r\n\n email ; amount ;#note\nada@shop.example;15.04;\n",
        ] {
            assert_eq!(amounts(text), Ok(vec![Ok("15.04".to_owned())]), "{text}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_meant_ends_with_its_reason() {
        let utf16: Vec<u8> = "email,amount\nada@shop.example,1\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let with_mark = [&[0xff, 0xfe], &utf16[..]].concat();
        for (text, expected) in [
            (
                &b"emial;amount\n"[..],
                "the column emial (1) is not a field. Did you mean email?",
            ),
            (
                b"email,amount;devise\n",
                "column 2 is not a field of an invoice",
            ),
            (b"\"email,amount\"\n1,2\n", "its first line names no field"),
            (
                b"\"email\"x,amount\n1,2\n",
                "the quoted cell that begins in line 1 is followed by text",
            ),
            (
                b"\"email,amount\n1,2\n",
                "the quoted cell that begins in line 1 is not closed",
            ),
            (b"email,e\xe9\n", "it is not UTF-8. Save the file as UTF-8"),
            (
                b"email, \"amount\"\n",
                "column 2 is not a field of an invoice",
            ),
            (&utf16, "it is UTF-16. Save the file as UTF-8"),
            (&with_mark, "it is UTF-16. Save the file as UTF-8"),
        ] {
            let error = amounts(text).unwrap_err();
            assert!(error.starts_with(expected), "{expected}: {error}");
        }
        assert_eq!(amounts(""), Ok(vec![]));
        assert_eq!(amounts("\r\n"), Ok(vec![]));
    }

    #[test]
    fn a_file_that_is_not_utf_8_ends_with_its_line() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("drop.csv");
        let open = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            Table::open(&path)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        let header = b"email,amount,#note\n";
        let row = "ada@shop.example,15.04,Zürich €\n";
        // Characters lie on the ends of what is read at once.
        for shift in 0..4 {
            let note = format!("a@b,1,{}\n", "x".repeat(shift));
            let rows = [header, note.as_bytes(), row.repeat(10_000).as_bytes()].concat();
            assert_eq!(open(&rows), Ok(()));
            for (last, name) in [
                (&b"a@b,1,Z\xfcrich\n"[..], "wrong"),
                (b"a@b,1,\xe2\x82", "cut"),
            ] {
                let error = open(&[&rows, last].concat()).unwrap_err();
                let expected = "line 10003 is not UTF-8. Save the file as UTF-8";
                assert_eq!(error, expected, "{name}");
            }
        }
        let utf16 = "email,amount\na@b,\u{d6}\n".encode_utf16();
        let utf16: Vec<u8> = utf16.flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            open(&utf16).unwrap_err(),
            "it is UTF-16. Save the file as UTF-8"
        );
        assert_eq!(open(b""), Ok(()));
    }

    #[test]
    fn a_row_is_known_by_what_it_contains_without_notes_and_its_card() {
        let contents = |text: &str| {
            let source = io::Cursor::new(text.as_bytes().to_vec());
            let mut table = Table::new(Box::new(source)).unwrap();
            let mut contents = Vec::new();
            while let Some(row) = table.read_row().unwrap() {
                contents.push(row.content);
            }
            contents
        };
        let text = "email,amount,card_ccv,#line\nnobody,1,917,2\n nobody ,1,,\r\nnobody\nnobody,1,917,2,1\n";
        let all = contents(text);
        assert_eq!(all[0], all[1]);
        assert_eq!(all[2], contents("amount;email\n;nobody\n")[0]);
        assert_eq!(all[3], [&all[0][..], b"\x001\x00"].concat());
        assert!(!all.concat().windows(3).any(|text| text == b"917"));
    }

    #[test]
    fn a_row_with_other_cells_than_the_header_is_reported_and_the_rest_goes_on() {
        let text = "email;amount\nada@shop.example\nada@shop.example;1;2\nada@shop.example;3\n";
        let reason = |cells| Err(format!("it has {cells} cells, and the header has 2"));
        let expected = vec![reason(1), reason(3), Ok("3".to_owned())];
        assert_eq!(amounts(text), Ok(expected));
    }
}
