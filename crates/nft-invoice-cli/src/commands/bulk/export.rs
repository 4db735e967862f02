use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use nft_invoice::Reference;
use nft_invoice_bulk::input::Format as RowFormat;
use nft_invoice_bulk::journal::StoredRow;
use nft_invoice_bulk::{ExportError, export};
use serde_json::json;

use super::journal::{JournalArgs, Opened, failed, shown};
use super::output_file;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::settings::Settings;

/// Write the link and the outcome of every row
///
/// Each link opens a payment page: give it to its customer only. That it was handed out is stored, so that no row ever
/// gets a second one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk export --journal drop.journal --output links.csv
  nft-invoice bulk export --journal drop.journal --ndjson | jq -r .redirect_url")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    /// Write one JSON object a line instead of CSV
    #[arg(long)]
    ndjson: bool,
    /// File to write, which only its owner can read: .csv, .ndjson or .jsonl [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args, _: &Settings) -> Result<Exit, Failure> {
    let out: Box<dyn Write> = match &args.output {
        Some(file) => {
            output_file::check(file, &args.journal.place()?)?;
            Box::new(output_file::create(file).map_err(|error| {
                Failure::usage(format!("cannot write {}: {error}", shown(file)))
            })?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let is_ndjson =
        args.ndjson || args.output.as_deref().and_then(RowFormat::of) == Some(RowFormat::Ndjson);
    let mut rows = if is_ndjson {
        Rows::Ndjson(BufWriter::new(out))
    } else {
        Rows::csv(out)?
    };
    let result = block_on(async {
        let (journal, place) = match args.journal.open().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(Err(exit)),
        };
        match export(&*journal, |row| rows.write(row)).await {
            Err(ExportError::Journal(error)) => Ok(Err(failed(&place, &error))),
            exported => Ok(Ok(exported)),
        }
    })?;
    let exported = match result {
        Ok(exported) => exported,
        Err(exit) => return Ok(exit),
    };
    let written = match exported {
        Err(ExportError::Output(error)) => Err(error),
        Err(error) => return Err(Failure::usage(error.to_string())),
        Ok(()) => rows.flush(),
    };
    match (written, &args.output) {
        (Ok(()), _) => Ok(Exit::Done),
        (Err(error), Some(path)) => Err(Failure::usage(format!(
            "cannot write {}: {error}",
            shown(path)
        ))),
        (Err(error), None) => Err(error.into()),
    }
}

enum Rows {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Ndjson(BufWriter<Box<dyn Write>>),
}

impl Rows {
    fn csv(out: Box<dyn Write>) -> Result<Self, Failure> {
        let mut writer = csv::Writer::from_writer(out);
        let header = ["source", "reference", "state", "redirect_url", "reason"];
        writer.write_record(header).map_err(output_error)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    fn write(&mut self, row: &StoredRow) -> io::Result<()> {
        let source = format!("{}:{}", row.input, row.line);
        let reference = row.reference.as_ref().map(Reference::as_str);
        let link = row.link.as_ref().map(|(url, _)| url.as_str());
        let faults = row
            .faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.message));
        let reasons: Vec<_> = faults.chain(row.reason.clone()).collect();
        let reason = reasons.join("; ");
        match self {
            Self::Csv(writer) => writer
                .write_record([
                    source.as_str(),
                    reference.unwrap_or_default(),
                    row.state.as_str(),
                    link.unwrap_or_default(),
                    reason.trim(),
                ])
                .map_err(output_error),
            Self::Ndjson(out) => {
                let object = json!({
                    "source": source,
                    "reference": reference,
                    "state": row.state.as_str(),
                    "redirect_url": link,
                    "reason": (!reason.is_empty()).then_some(reason.trim()),
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
