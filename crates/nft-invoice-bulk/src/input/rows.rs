use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;

use nft_invoice::{Draft, Field, Mode, Reference, Rules};
use serde_json::value::RawValue;

use super::file::{InputFile, Line};
use super::rejected::REPLACES_LINE;
use super::row::{self, Fault, InvalidRow, Row, RowContent};
use super::start;
use super::table::{Table, is_card};
use crate::key::JournalKey;

/// The format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line. Blank lines and lines that begin with `#` are ignored. The field `#id` is a note.
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
    Lines {
        lines: InputFile,
        number: u64,
        /// Whether a line has been read that is no note.
        has_begun: bool,
    },
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
            Format::Ndjson => Reader::Lines {
                lines: InputFile::open(path)?,
                number: 0,
                has_begun: false,
            },
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
        let mut replaces = None;
        match reader {
            Reader::Lines {
                lines,
                number,
                has_begun,
            } => loop {
                *number += 1;
                let (id, content) = match lines.read_line()? {
                    None => return Ok(None),
                    Some(Line::Text(text)) if is_note(text) => {
                        replaces = replaced_by(text);
                        continue;
                    }
                    Some(Line::Text(text)) => {
                        if !std::mem::replace(has_begun, true) {
                            start::check(text, Format::Ndjson)?;
                        }
                        let line = usize::try_from(*number).unwrap_or(usize::MAX);
                        let draft = Draft::from_ndjson_line(text, line);
                        let draft =
                            draft.map_err(|errors| errors.iter().map(Fault::from).collect());
                        check(draft, options, key, |has_id_fault| {
                            content(text, options.mode, has_id_fault)
                        })
                    }
                    Some(Line::TooLong) => {
                        let message = "This line is longer than 1 MiB, the maximum of an invoice.";
                        let faults = vec![Fault::whole("too_long", message)];
                        (None, RowContent::Invalid(InvalidRow { hash: None, faults }))
                    }
                };
                return Ok(Some(Row {
                    line: *number,
                    replaces,
                    id,
                    content,
                }));
            },
            Reader::Table(table) => Ok(table.read_row()?.map(|row| {
                let malformed = |reason| vec![Fault::whole("malformed", reason)];
                let (line, replaces) = (row.line, row.replaces);
                let draft = row.draft.map_err(malformed);
                let (id, content) = check(draft, options, key, |_| Some(row.content.into()));
                Row {
                    line,
                    replaces,
                    id,
                    content,
                }
            })),
        }
    }
}

/// Validates a row. Returns its id, and the row: an invalid one is known by its `content`, which is told whether the id
/// is invalid.
fn check<'a>(
    draft: Result<Draft, Vec<Fault>>,
    options: &RowOptions,
    key: &JournalKey,
    content: impl FnOnce(bool) -> Option<Cow<'a, [u8]>>,
) -> (Option<String>, RowContent) {
    let (mut id, mut id_fault) = (None, None);
    let checked = draft.and_then(|mut draft| {
        match row::take_id(&mut draft) {
            Ok(found) => id = found,
            Err(error) => id_fault = Some(Fault::from(&error)),
        }
        row::check(draft, options, key, id.as_deref())
    });
    let has_id_fault = id_fault.is_some();
    let faults = match checked {
        Ok(row) if !has_id_fault => return (id, RowContent::Valid(row)),
        Ok(_) => Vec::from_iter(id_fault),
        Err(faults) => faults.into_iter().chain(id_fault).collect(),
    };
    let hash = content(has_id_fault).map(|content| key.invalid_row(&content, id.as_deref()));
    (id, RowContent::Invalid(InvalidRow { hash, faults }))
}

/// Returns whether a line of NDJSON is blank or a note, which begins with `#`.
#[must_use]
pub fn is_note(line: &[u8]) -> bool {
    matches!(line.trim_ascii(), [] | [b'#', ..])
}

/// What an invalid line contains, without a card, of which no hash is stored. `None` if it cannot be told apart.
fn content(line: &[u8], mode: Mode, has_id_fault: bool) -> Option<Cow<'_, [u8]>> {
    if mode == Mode::Hosted && !may_have_card(line) && !has_id_fault {
        return Some(line.trim_ascii().into());
    }
    let fields: HashMap<String, &RawValue> = serde_json::from_slice(line).ok()?;
    let mut content = Vec::new();
    for name in Field::ALL.iter().map(|field| field.name()) {
        if let Some(value) = fields.get(name).filter(|_| !is_card(name)) {
            content.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
        }
    }
    Some(content.into())
}

/// Whether a line can contain a field of a card.
fn may_have_card(line: &[u8]) -> bool {
    const NAME: &[u8] = b"card_";
    line.windows(NAME.len()).any(|name| name == NAME)
}

/// The row whose place the row below the note takes, if it says so.
fn replaced_by(note: &[u8]) -> Option<Reference> {
    let note = std::str::from_utf8(note).ok()?;
    let reference = note.trim().strip_prefix(REPLACES_LINE)?;
    Reference::new(reference.trim()).ok()
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_row_is_known_by_what_it_contains_without_its_card() {
        let line = |card: &str, amount: &str| {
            format!(
                r#"{{"email":"nobody", "card_ccv":"{card}","cvc":"{card}","card_number":"{card}","amount":"{amount}"}}"#
            )
        };
        let known = |line: &str, mode| content(line.as_bytes(), mode, false).map(Cow::into_owned);
        for mode in [Mode::Hosted, Mode::S2s] {
            let one = known(&line("917", "1"), mode).unwrap();
            assert_eq!(Some(&one), known(&line("000", "1"), mode).as_ref());
            assert_ne!(Some(&one), known(&line("917", "2"), mode).as_ref());
            assert!(!one.windows(3).any(|text| text == b"917"));
            assert_eq!(known(r#"{"card_ccv":"917""#, mode), None);
        }
        // Without a card, a line needs not be JSON.
        assert_eq!(known(" {\r", Mode::Hosted), Some(b"{".to_vec()));
        assert_eq!(known("{", Mode::S2s), None);
    }
}
