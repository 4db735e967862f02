use std::io;
use std::path::{Path, PathBuf};

use nft_invoice::{Draft, Mode, Rules, ValidationError, ValidationErrors, Warning};
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::options::rule_args::RuleArgs;
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, Paint, note, plain};
use crate::terminal::report::{count_of_errors, error_line, warning_line};
use nft_invoice_bulk::input::{InputFile, Line, Table, is_note};

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
    /// is left out
    #[arg(long, conflicts_with = "ndjson")]
    csv: bool,
    /// File with a JSON object, NDJSON (.ndjson, .jsonl) or CSV (.csv); `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let mut check = Check {
        rules: args.rules.rules(),
        asked: args.rules.mode(),
        format: settings.format,
        paint: Paint::detect(),
        valid: 0,
        invalid: 0,
        without_invoices: false,
        unread: false,
    };
    for path in &args.files {
        let name = path.display().to_string();
        let read = if args.csv || (!args.ndjson && has_extension(path, &["csv"])) {
            check.rows(path, &name)
        } else if args.ndjson || has_extension(path, &["ndjson", "jsonl"]) {
            check.lines(path, &name)
        } else {
            check.file(path, &name)
        };
        if let Err(error) = read? {
            check.not_read(&name, &error);
        }
    }
    Ok(check.end())
}

struct Check {
    rules: Rules,
    asked: Option<Mode>,
    format: Format,
    paint: Paint,
    valid: u64,
    invalid: u64,
    without_invoices: bool,
    unread: bool,
}

/// The inner error is that of the input, after which other files are still validated.
type Read = Result<io::Result<()>, Failure>;

impl Check {
    fn file(&mut self, path: &Path, name: &str) -> Read {
        let mut input = match InputFile::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        match input.whole() {
            Ok(text) => self.invoice(name, text, 1).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn lines(&mut self, path: &Path, name: &str) -> Read {
        let mut input = match InputFile::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        let mut is_empty = true;
        for number in 1.. {
            let source = format!("{name}:{number}");
            match input.read_line() {
                Ok(Some(Line::Text(text))) if is_note(text) => {}
                Ok(Some(Line::Text(text))) => {
                    is_empty = false;
                    self.invoice(&source, text, number)?;
                }
                Ok(Some(Line::TooLong)) => {
                    is_empty = false;
                    let message = "the line is longer than 1 MiB, the maximum of an invoice";
                    self.not_read(&source, &io::Error::other(message));
                }
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            }
        }
        if is_empty {
            self.is_empty(name, "Enter one JSON object a line.");
        }
        Ok(Ok(()))
    }

    fn rows(&mut self, path: &Path, name: &str) -> Read {
        let mut table = match Table::open(path) {
            Ok(table) => table,
            Err(error) => return Ok(Err(error)),
        };
        let mut is_empty = true;
        loop {
            let row = match table.read_row() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            };
            is_empty = false;
            let source = format!("{name}:{}", row.line);
            match row.draft {
                Ok(draft) => self.draft(&source, Ok(draft))?,
                Err(reason) => self.not_read(&source, &io::Error::other(reason)),
            }
        }
        if is_empty {
            self.is_empty(name, "Enter a header and one invoice a row.");
        }
        Ok(Ok(()))
    }

    fn is_empty(&mut self, name: &str, what_to_do: &str) {
        self.without_invoices = true;
        note(format_args!(
            "error: no invoices in {}. {what_to_do}",
            plain(name)
        ));
    }

    /// Validates one invoice, which begins in that line of its file.
    fn invoice(&mut self, source: &str, text: &[u8], line: usize) -> Result<(), Failure> {
        self.draft(source, Draft::from_ndjson_line(text, line))
    }

    fn draft(
        &mut self,
        source: &str,
        draft: Result<Draft, ValidationErrors>,
    ) -> Result<(), Failure> {
        let (mode, errors, warnings) = match draft {
            Ok(draft) => {
                let checked = draft.check(&self.rules);
                (Some(checked.mode), checked.invoice.err(), checked.warnings)
            }
            Err(errors) => (self.asked, Some(errors), Vec::new()),
        };
        let errors = errors.as_ref().map_or(&[][..], |all| all.as_slice());
        *if errors.is_empty() {
            &mut self.valid
        } else {
            &mut self.invalid
        } += 1;
        match self.format {
            Format::Json => output::json(&json!({
                "source": source,
                "mode": mode,
                "valid": errors.is_empty(),
                "errors": errors,
                "warnings": warnings,
            }))?,
            Format::Text => self.text(source, mode, errors, &warnings)?,
        }
        Ok(())
    }

    fn text(
        &self,
        source: &str,
        mode: Option<Mode>,
        errors: &[ValidationError],
        warnings: &[Warning],
    ) -> io::Result<()> {
        let verdict = match errors.len() {
            0 => self.paint.good("valid"),
            count => self.paint.bad(count_of_errors(count)),
        };
        let mode = mode.map(|mode| format!(" ({mode})")).unwrap_or_default();
        output::line(format_args!("{}: {verdict}{mode}", plain(source)))?;
        for error in errors {
            output::line(error_line(error, self.paint))?;
        }
        for warning in warnings {
            output::line(warning_line(warning, self.paint))?;
        }
        Ok(())
    }

    fn not_read(&mut self, source: &str, error: &io::Error) {
        self.unread = true;
        note(format_args!(
            "error: cannot read {}: {error}",
            plain(source)
        ));
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

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    extensions
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}
