use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use nft_invoice::Mode;

use super::file::{InputFile, Line};
use super::row::Fault;
use super::rows::Format;
use super::table::Table;

/// Writes the rejected rows of an input to a file of the same format, with the reasons as notes, so that it can be
/// corrected and run again. `rejected` has the reasons by the line in which a row begins.
///
/// Of S2S rows only the notes are written, because they contain cards.
///
/// # Errors
///
/// If the input cannot be read again, or the file cannot be written.
pub fn write_rejected(
    input: &Path,
    format: Format,
    mode: Mode,
    rejected: &BTreeMap<u64, Vec<Fault>>,
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
    rejected: &BTreeMap<u64, Vec<Fault>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut lines = InputFile::open(input)?;
    for number in 1.. {
        let Some(line) = lines.read_line()? else {
            break;
        };
        let Some(faults) = rejected.get(&number) else {
            continue;
        };
        for fault in faults {
            writeln!(out, "# line {number}: {}", sentence(fault))?;
        }
        match line {
            Line::Text(text) if mode == Mode::Hosted => {
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
    rejected: &BTreeMap<u64, Vec<Fault>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    const NOTES: [&str; 3] = ["#line", "#field", "#reason"];
    let mut table = Table::open(input)?;
    // Notes of an earlier run are replaced.
    let is_kept: Vec<bool> = table
        .columns()
        .iter()
        .map(|name| !NOTES.contains(&name.as_str()))
        .collect();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let kept = |cells: &[String]| -> Vec<String> {
        let cells = cells.iter().enumerate();
        let cells = cells.filter(|(at, _)| is_kept.get(*at).copied().unwrap_or(true));
        cells.map(|(_, cell)| cell.clone()).collect()
    };
    let mut header = kept(table.columns());
    header.extend(NOTES.map(str::to_owned));
    writer.write_record(&header)?;
    while let Some((line, cells)) = table.read_cells()? {
        let Some(faults) = rejected.get(&line) else {
            continue;
        };
        let join = |text: fn(&Fault) -> &str| {
            let all: Vec<_> = faults.iter().map(text).collect();
            all.join("; ")
        };
        let mut record = kept(&cells);
        // The notes belong below their names, even in a row that is too short.
        let columns = header.len() - NOTES.len();
        record.resize(record.len().max(columns), String::new());
        record.extend([
            line.to_string(),
            join(|fault| &fault.path),
            join(|fault| &fault.message),
        ]);
        writer.write_record(&record)?;
    }
    writer.flush()
}

fn sentence(fault: &Fault) -> String {
    if fault.path.is_empty() {
        fault.message.clone()
    } else {
        format!("{}: {}", fault.path, fault.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, format: Format, mode: Mode, text: &str, lines: &[u64]) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let fault = |path: &str| Fault {
            path: path.to_owned(),
            ..Fault::whole("code", "Enter it.")
        };
        let rejected = lines
            .iter()
            .map(|line| (*line, vec![fault("/email"), fault("")]))
            .collect();
        let mut out = Vec::new();
        write_rejected(&path, format, mode, &rejected, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_the_lines_below_their_reasons() {
        let text = "{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}";
        assert_eq!(
            written("a.ndjson", Format::Ndjson, Mode::Hosted, text, &[1, 4]),
            "# line 1: /email: Enter it.\n# line 1: Enter it.\n{\"a\":1}\n\
             # line 4: /email: Enter it.\n# line 4: Enter it.\n{\"c\":3}\n"
        );
        assert_eq!(
            written("a.ndjson", Format::Ndjson, Mode::S2s, text, &[4]),
            "# line 4: /email: Enter it.\n# line 4: Enter it.\n"
        );
    }

    #[test]
    fn writes_the_rows_beside_their_reasons() {
        let text = "email,amount,#line,#reason\na@b,\"1\n2\",9,old\n\nx\nlast,1,,\n";
        assert_eq!(
            written("a.csv", Format::Csv, Mode::Hosted, text, &[2, 5]),
            "email,amount,#line,#field,#reason\na@b,\"1\n2\",2,/email; ,Enter it.; Enter it.\n\
             x,,5,/email; ,Enter it.; Enter it.\n"
        );
    }
}
