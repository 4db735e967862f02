use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use nft_invoice::{Mode, Reference};

use super::file::{InputFile, Line};
use super::row::Fault;
use super::rows::Format;
use super::table::{Table, is_card};

/// The column of CSV that names the row whose place a row takes.
pub(super) const REPLACES: &str = "#replaces";

/// The beginning of the note that does so in NDJSON, for the row below it.
pub(super) const REPLACES_LINE: &str = "# replaces ";

/// Why a row was rejected.
#[derive(Clone, Debug, Default)]
pub struct RejectedRow {
    /// Its reference; `None` for an invalid row that is known by its line.
    pub reference: Option<Reference>,
    /// Every reason.
    pub faults: Vec<Fault>,
}

/// Writes the rejected rows of an input to a file of the same format, with the reasons as notes, so that it can be
/// corrected and run again. `rejected` has the reasons by the line in which a row begins.
///
/// The notes contain the references of the rejected rows. When the file is loaded, a row that was corrected takes the
/// place of the rejected one, and a row that the gateway rejected and that was not changed is sent again.
///
/// Of rows of NDJSON with a card only the notes are written; in CSV the cells of the card are left empty.
///
/// # Errors
///
/// If the input cannot be read again, or the file cannot be written.
pub fn write_rejected(
    input: &Path,
    format: Format,
    mode: Mode,
    rejected: &BTreeMap<u64, RejectedRow>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Ndjson => lines(input, mode, rejected, out),
        Format::Csv => table(input, rejected, out),
    }
}

fn lines(
    input: &Path,
    mode: Mode,
    rejected: &BTreeMap<u64, RejectedRow>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut lines = InputFile::open(input)?;
    for number in 1.. {
        let Some(line) = lines.read_line()? else {
            break;
        };
        let Some(RejectedRow { reference, faults }) = rejected.get(&number) else {
            continue;
        };
        for fault in faults {
            writeln!(out, "# line {number}: {fault}")?;
        }
        if let Some(reference) = reference {
            writeln!(out, "{REPLACES_LINE}{reference}")?;
        }
        match line {
            Line::Text(text) if mode == Mode::Hosted && !has_card(text) => {
                out.write_all(text.strip_suffix(b"\r").unwrap_or(text))?;
                out.write_all(b"\n")?;
            }
            _ => {}
        }
    }
    out.flush()
}

fn table(
    input: &Path,
    rejected: &BTreeMap<u64, RejectedRow>,
    out: &mut dyn Write,
) -> io::Result<()> {
    const NOTES: [&str; 4] = ["#line", "#field", "#reason", REPLACES];
    let mut table = Table::open(input)?;
    // Notes of an earlier run are replaced.
    let is_kept: Vec<bool> = table
        .columns()
        .iter()
        .map(|name| !NOTES.contains(&name.as_str()))
        .collect();
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(table.separator())
        .from_writer(out);
    let has_card: Vec<bool> = table.columns().iter().map(|name| is_card(name)).collect();
    let mut header = table.columns().to_vec();
    let mut at = is_kept.iter();
    header.retain(|_| at.next().is_some_and(|is_kept| *is_kept));
    header.extend(NOTES.map(str::to_owned));
    writer.write_record(&header)?;
    let has = |columns: &[bool], at: usize| columns.get(at).copied();
    let kept = |cells: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        let cells = cells.into_iter().enumerate();
        let cells = cells.filter(|(at, _)| has(&is_kept, *at).unwrap_or(true));
        cells
            .map(|(at, cell)| {
                if has(&has_card, at).unwrap_or(false) {
                    Vec::new()
                } else {
                    cell
                }
            })
            .collect()
    };
    while let Some((line, cells)) = table.read_cells()? {
        let Some(RejectedRow { reference, faults }) = rejected.get(&line) else {
            continue;
        };
        let join = |text: fn(&Fault) -> &str| {
            let all: Vec<_> = faults.iter().map(text).collect();
            all.join("; ")
        };
        let mut record = kept(cells);
        // The notes belong below their names, even in a row that is too short.
        let columns = header.len() - NOTES.len();
        record.resize(record.len().max(columns), Vec::new());
        let notes = [
            line.to_string(),
            join(|fault| &fault.path),
            join(|fault| &fault.message),
            reference
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        ];
        record.extend(notes.map(String::into_bytes));
        writer.write_record(&record)?;
    }
    writer.flush()
}

fn has_card(line: &[u8]) -> bool {
    const NAME: &[u8] = b"card_number";
    line.windows(NAME.len()).any(|name| name == NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        name: &str,
        format: Format,
        mode: Mode,
        text: impl AsRef<[u8]>,
        lines: &[u64],
    ) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let fault = |path: &str| Fault {
            path: path.to_owned(),
            ..Fault::whole("code", "Enter it.")
        };
        let rejected = lines
            .iter()
            .map(|line| {
                let row = RejectedRow {
                    reference: line
                        .is_multiple_of(2)
                        .then(|| Reference::new("r7").unwrap()),
                    faults: vec![fault("/email"), fault("")],
                };
                (*line, row)
            })
            .collect();
        let mut out = Vec::new();
        write_rejected(&path, format, mode, &rejected, &mut out).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn writes_the_lines_below_their_reasons() {
        let text = "{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}";
        assert_eq!(
            written("a.ndjson", Format::Ndjson, Mode::Hosted, text, &[1, 4]),
            "# line 1: /email: Enter it.\n# line 1: Enter it.\n{\"a\":1}\n\
             # line 4: /email: Enter it.\n# line 4: Enter it.\n# replaces r7\n{\"c\":3}\n"
        );
        assert_eq!(
            written("a.ndjson", Format::Ndjson, Mode::S2s, text, &[4]),
            "# line 4: /email: Enter it.\n# line 4: Enter it.\n# replaces r7\n"
        );
    }

    #[test]
    fn writes_the_rows_beside_their_reasons() {
        let text = "email,amount,#line,#reason\na@b,\"1\n2\",9,old\n\nx\nlast,1,,\n";
        assert_eq!(
            written("a.csv", Format::Csv, Mode::Hosted, text, &[2, 5]),
            "email,amount,#line,#field,#reason,#replaces\na@b,\"1\n2\",2,/email; ,Enter it.; Enter it.,r7\n\
             x,,5,/email; ,Enter it.; Enter it.,\n"
        );
    }

    #[test]
    fn separates_the_cells_as_the_input_does() {
        let text = "email;amount\na@b;\"1;2\"\n";
        assert_eq!(
            written("a.csv", Format::Csv, Mode::Hosted, text, &[2]),
            "email;amount;#line;#field;#reason;#replaces\na@b;\"1;2\";2;\"/email; \";\"Enter it.; Enter it.\";r7\n"
        );
    }

    #[test]
    fn writes_no_card() {
        let text = "email,card_number,card_ccv\na@b,4242424242424242,000\n";
        assert_eq!(
            written("a.csv", Format::Csv, Mode::Hosted, text, &[2]),
            "email,card_number,card_ccv,#line,#field,#reason,#replaces\na@b,,,2,/email; ,Enter it.; Enter it.,r7\n"
        );
        let text = "{\"card_number\":\"4242424242424242\"";
        assert_eq!(
            written("a.ndjson", Format::Ndjson, Mode::Hosted, text, &[1]),
            "# line 1: /email: Enter it.\n# line 1: Enter it.\n"
        );
    }
}
