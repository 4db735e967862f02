use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use nft_invoice::Reference;
use nft_invoice_bulk::input::Format as RowFormat;
use nft_invoice_bulk::journal::StoredRow;
use nft_invoice_bulk::{ExportError, export};
use serde_json::{Map, Value, json};

use super::journal::{JournalArgs, Opened, failed, shown};
use super::output_file::{self, NewFile};
use super::summary;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format};

/// Write the link and the outcome of every row
///
/// Each link opens a payment page: give it only to the customer of its row, which `source` names by input and line, and
/// `id` by your own id, the note #id of the input. That the links were handed out is stored, so that no row ever gets a
/// second one. Ends with 6 if a row is a duplicate, and otherwise with 0.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk export --journal drop.journal --output links.csv
  nft-invoice bulk export --journal drop.journal --ndjson | jq -r .redirect_url")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    /// Write one JSON object a line instead of CSV, as with --format json
    #[arg(long)]
    ndjson: bool,
    /// File to write, which only its owner can read: .csv, .ndjson or .jsonl. One that exists is replaced if it is empty or
    /// an earlier export [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let is_ndjson = args.ndjson || settings.format == Format::Json;
    let is_ndjson = match &args.output {
        None => is_ndjson,
        Some(file) => {
            output_file::check(file, &args.journal.place()?)?;
            is_ndjson || format_of(file)? == RowFormat::Ndjson
        }
    };
    let failure = |error: io::Error| match &args.output {
        Some(path) => output_file::unwritten(path, &error),
        None => error.into(),
    };
    block_on(async {
        // Nothing is written before it is certain that there is something to write.
        let (journal, place) = match args.journal.open().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        let file = args.output.as_deref();
        let file = file.map(|path| NewFile::create(path, is_export));
        let mut file = file.transpose().map_err(failure)?;
        let mut stdout = io::stdout().lock();
        let out: &mut dyn Write = match &mut file {
            Some(file) => file,
            None => &mut stdout,
        };
        let mut rows = Rows::new(is_ndjson, out).map_err(failure)?;
        match export(&*journal, |row| rows.write(row)).await {
            Ok(()) => {}
            Err(ExportError::Journal(error)) => return Ok(failed(&place, &error)),
            Err(ExportError::Output(error)) => return Err(failure(error)),
            Err(error) => return Err(Failure::usage(error.to_string())),
        }
        rows.flush().map_err(failure)?;
        drop(rows);
        file.map_or(Ok(()), NewFile::finish).map_err(failure)?;
        match journal.counts().await {
            Ok(counts) => Ok(summary::alarm(&counts, &place)),
            Err(error) => Ok(failed(&place, &error)),
        }
    })
}

/// The format that the name of an output shows: CSV if it has no extension, such as that of a device.
fn format_of(file: &Path) -> Result<RowFormat, Failure> {
    match RowFormat::of(file) {
        Some(format) => Ok(format),
        None if file.extension().is_none() => Ok(RowFormat::Csv),
        None => Err(Failure::usage(format!(
            "the name {} shows no format: let it end with .csv, .ndjson or .jsonl, or add --ndjson",
            shown(file)
        ))),
    }
}

/// The columns of CSV, and the fields of NDJSON.
const COLUMNS: [&str; 6] = [
    "source",
    "id",
    "reference",
    "state",
    "redirect_url",
    "reason",
];

/// Whether a file with this beginning was written by this command.
fn is_export(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    if line == COLUMNS.join(",").as_bytes() {
        return true;
    }
    let object: Result<Map<String, Value>, _> = serde_json::from_slice(line);
    object.is_ok_and(|object| {
        object.len() == COLUMNS.len() && COLUMNS.iter().all(|name| object.contains_key(*name))
    })
}

enum Rows<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Ndjson(BufWriter<&'a mut dyn Write>),
}

impl<'a> Rows<'a> {
    fn new(is_ndjson: bool, out: &'a mut dyn Write) -> io::Result<Self> {
        if is_ndjson {
            return Ok(Self::Ndjson(BufWriter::new(out)));
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS).map_err(output_error)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    fn write(&mut self, row: &StoredRow) -> io::Result<()> {
        let source = format!("{}:{}", row.input, row.line);
        let reference = row.sent_reference().map(Reference::as_str);
        let link = row.link.as_ref().map(|(url, _)| url.as_str());
        let faults = row.faults.iter().map(ToString::to_string);
        let reasons: Vec<_> = faults.chain(row.reason.clone()).collect();
        let reason = reasons.join("; ");
        match self {
            Self::Csv(writer) => writer
                .write_record([
                    source.as_str(),
                    row.id.as_deref().unwrap_or_default(),
                    reference.unwrap_or_default(),
                    row.state.as_str(),
                    link.unwrap_or_default(),
                    reason.as_str(),
                ])
                .map_err(output_error),
            Self::Ndjson(out) => {
                let object = json!({
                    "source": source,
                    "id": row.id,
                    "reference": reference,
                    "state": row.state.as_str(),
                    "redirect_url": link,
                    "reason": (!reason.is_empty()).then_some(reason),
                });
                writeln!(out, "{}", output::escaped(&object))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.flush(),
            Self::Ndjson(out) => out.flush(),
        }
    }
}

/// The error of the output itself, such as that its reader has ended.
fn output_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
