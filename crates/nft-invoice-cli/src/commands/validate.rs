mod batch;
mod in_order;

use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use nft_invoice_bulk::input::{InputFile, Line, Table, is_note};
use zeroize::Zeroizing;

use crate::commands::validate::batch::{Batch, Item, Judge, Piece, Verdicts};
use crate::commands::validate::in_order::InOrder;
use crate::exit::{Exit, Failure};
use crate::options::rule_args::RuleArgs;
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, Paint, input_name, note};

/// Validate invoices without sending them
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice validate order.json
  nft-invoice validate orders.csv          # email,amount,success_url,ipfsMetadata.name
  nft-invoice validate --format json --mode hosted orders.ndjson | jq 'select(.valid | not)'
  cat order.json | nft-invoice validate -")]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,
    /// Read every input as NDJSON: one invoice a line
    #[arg(long)]
    ndjson: bool,
    /// Read every input as CSV: a header of the gateway's names, and one invoice a row. A column whose name begins with #
    /// is a note, which is not sent
    #[arg(long, conflicts_with = "ndjson")]
    csv: bool,
    /// File with a JSON object, NDJSON (.ndjson, .jsonl) or CSV (.csv); `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let judge = Judge {
        rules: args.rules.rules(),
        asked: args.rules.mode(),
        format: settings.format,
        paint: Paint::detect(),
    };
    let mut check = Check {
        format: settings.format,
        judged: InOrder::new(move |batch| judge.judge(batch)),
        batch: Batch::default(),
        valid: 0,
        invalid: 0,
        without_invoices: false,
        unread: false,
    };
    for path in &args.files {
        check.batch.file = path.display().to_string().into();
        let read = if args.csv || (!args.ndjson && has_extension(path, &["csv"])) {
            check.rows(path)
        } else if args.ndjson || has_extension(path, &["ndjson", "jsonl"]) {
            check.lines(path)
        } else {
            check.file(path)
        };
        check.finish()?;
        if let Err(error) = read? {
            check.not_read(path, &error);
        }
    }
    Ok(check.end())
}

/// How many invoices are validated at a time, if there are as many.
const BATCH: usize = 256;

struct Check {
    format: Format,
    judged: InOrder<Batch, Verdicts>,
    /// What was read and not yet given to be validated.
    batch: Batch,
    valid: u64,
    invalid: u64,
    without_invoices: bool,
    unread: bool,
}

/// The inner error is that of the input, after which other files are still validated.
type Read = Result<io::Result<()>, Failure>;

impl Check {
    fn file(&mut self, path: &Path) -> Read {
        let mut input = match InputFile::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        let text = match input.whole() {
            Ok(text) => text,
            Err(error) => return Ok(Err(error)),
        };
        let is_json = is_json(text);
        self.item(None, Item::Text(Zeroizing::new(text.to_vec())), true)?;
        if !is_json {
            note(format_args!(
                "{} was read as one JSON object. If it is a CSV file, add --csv, or name it FILE.csv.",
                input_name(path)
            ));
        }
        Ok(Ok(()))
    }

    fn lines(&mut self, path: &Path) -> Read {
        let mut input = match InputFile::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        let mut is_empty = true;
        for number in 1.. {
            let item = match input.read_line() {
                Ok(Some(Line::Text(text))) if is_note(text) => continue,
                Ok(Some(Line::Text(text))) => Item::Text(Zeroizing::new(text.to_vec())),
                Ok(Some(Line::TooLong)) => Item::Unreadable(
                    "the line is longer than 1 MiB, the maximum of an invoice".to_owned(),
                ),
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            };
            is_empty = false;
            self.item(Some(number), item, input.is_drained())?;
        }
        if is_empty {
            self.is_empty(path, "Enter one JSON object a line.");
        }
        Ok(Ok(()))
    }

    fn rows(&mut self, path: &Path) -> Read {
        let mut table = match Table::open(path) {
            Ok(table) => table,
            Err(error) => return Ok(Err(error)),
        };
        // Whoever writes to a pipe may wait for the verdict.
        let is_pipe = path == Path::new("-");
        let mut is_empty = true;
        loop {
            let row = match table.read_row() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            };
            is_empty = false;
            let item = match row.draft {
                Ok(draft) => Item::Draft(Box::new(draft)),
                Err(reason) => Item::Unreadable(reason),
            };
            self.item(Some(row.line), item, is_pipe)?;
        }
        if is_empty {
            self.is_empty(path, "Enter a header and one invoice a row.");
        }
        Ok(Ok(()))
    }

    /// Validates an item at some time: now, with all before it, if the next one `has_to_be_waited_for`.
    fn item(
        &mut self,
        line: Option<u64>,
        item: Item,
        has_to_be_waited_for: bool,
    ) -> Result<(), Failure> {
        self.batch.items.push((line, item));
        if has_to_be_waited_for {
            self.finish()
        } else if self.batch.items.len() >= BATCH {
            self.give()
        } else {
            Ok(())
        }
    }

    fn give(&mut self) -> Result<(), Failure> {
        let file = self.batch.file.clone();
        let next = Batch {
            file,
            items: Vec::new(),
        };
        let batch = mem::replace(&mut self.batch, next);
        match self.judged.give(batch) {
            Some(verdicts) => self.print(&verdicts),
            None => Ok(()),
        }
    }

    /// Prints the verdict of everything that was read.
    fn finish(&mut self) -> Result<(), Failure> {
        if !self.batch.items.is_empty() {
            self.give()?;
        }
        while let Some(verdicts) = self.judged.wait() {
            self.print(&verdicts)?;
        }
        Ok(())
    }

    fn print(&mut self, verdicts: &Verdicts) -> Result<(), Failure> {
        self.valid += verdicts.valid;
        self.invalid += verdicts.invalid;
        for piece in &verdicts.pieces {
            match piece {
                Piece::Result(lines) => output::document(lines.as_bytes())?,
                Piece::Unread(message) => {
                    self.unread = true;
                    note(message);
                }
            }
        }
        Ok(())
    }

    fn is_empty(&mut self, path: &Path, what_to_do: &str) {
        self.without_invoices = true;
        note(format_args!(
            "error: no invoices in {}. {what_to_do}",
            input_name(path)
        ));
    }

    fn not_read(&mut self, path: &Path, error: &io::Error) {
        self.unread = true;
        note(batch::not_read(&input_name(path), error));
    }

    fn end(&self) -> Exit {
        let all = self.valid + self.invalid;
        if self.format == Format::Text && all > 1 {
            note(format_args!(
                "{all} invoices, {} of them invalid",
                self.invalid
            ));
        }
        if self.unread {
            Exit::Usage
        } else if self.invalid > 0 || self.without_invoices {
            Exit::Invalid
        } else {
            Exit::Done
        }
    }
}

/// Whether a text is JSON, or can have been meant as JSON.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    matches!(text.trim_ascii_start(), [] | [b'{' | b'[' | b'"', ..])
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    extensions
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}
