use std::io;
use std::path::Path;

use nft_invoice::{Draft, Mode, Rules};

use super::file::{InputFile, Line};
use super::row::{self, Fault, Row, RowContent};
use super::table::Table;
use crate::key::JournalKey;

/// The format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line. Blank lines and lines that begin with `#` are ignored.
    Ndjson,
    /// A header of the gateway's names, and one invoice a row.
    Csv,
}

impl Format {
    /// Returns the format that a file's name shows: `.csv`, `.ndjson` or `.jsonl`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        let is = |known: &str| extension.eq_ignore_ascii_case(known);
        match () {
            () if is("csv") => Some(Self::Csv),
            () if is("ndjson") || is("jsonl") => Some(Self::Ndjson),
            () => None,
        }
    }
}

/// How the rows of an input are read.
#[derive(Clone, Debug)]
pub struct RowOptions {
    /// The rules of validation.
    pub rules: Rules,
    /// Which rows are valid: hosted ones, or those with a card.
    pub mode: Mode,
    /// Puts a `callbackJson` that is not an object under `data` in one, instead of rejecting the row.
    pub wraps_callback_data: bool,
}

/// The rows of an input, read and validated one at a time.
pub struct Rows {
    reader: Reader,
    options: RowOptions,
    key: JournalKey,
}

enum Reader {
    Lines(InputFile, u64),
    Table(Table),
}

impl Rows {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or the header of a CSV file cannot be read.
    pub fn open(
        path: &Path,
        format: Format,
        options: RowOptions,
        key: JournalKey,
    ) -> io::Result<Self> {
        let reader = match format {
            Format::Ndjson => Reader::Lines(InputFile::open(path)?, 0),
            Format::Csv => Reader::Table(Table::open(path)?),
        };
        Ok(Self {
            reader,
            options,
            key,
        })
    }

    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// If the input cannot be read any further.
    pub fn read_row(&mut self) -> io::Result<Option<Row>> {
        let Self {
            reader,
            options,
            key,
        } = self;
        let check = |draft| {
            row::check(
                draft,
                &options.rules,
                options.mode,
                key,
                options.wraps_callback_data,
            )
        };
        match reader {
            Reader::Lines(lines, number) => loop {
                *number += 1;
                let content = match lines.read_line()? {
                    None => return Ok(None),
                    Some(Line::Text(text)) if is_note(text) => continue,
                    Some(Line::Text([0xff, 0xfe, ..] | [0xfe, 0xff, ..])) if *number == 1 => {
                        let message = "it is UTF-16. Save the file as UTF-8";
                        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                    }
                    Some(Line::Text(text)) => {
                        let line = usize::try_from(*number).unwrap_or(usize::MAX);
                        check(Draft::from_ndjson_line(text, line))
                    }
                    Some(Line::TooLong) => RowContent::Invalid(vec![Fault::whole(
                        "too_long",
                        "This line is longer than 1 MiB, the maximum of an invoice.",
                    )]),
                };
                return Ok(Some(Row {
                    line: *number,
                    content,
                }));
            },
            Reader::Table(table) => Ok(table.read_row()?.map(|row| Row {
                line: row.line,
                content: match row.draft {
                    Ok(draft) => check(Ok(draft)),
                    Err(reason) => RowContent::Invalid(vec![Fault::whole("malformed", reason)]),
                },
            })),
        }
    }
}

/// Returns whether a line of NDJSON is blank or a note, which begins with `#`.
#[must_use]
pub fn is_note(line: &[u8]) -> bool {
    matches!(line.trim_ascii(), [] | [b'#', ..])
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
