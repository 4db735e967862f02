use std::fmt::{Display, Write};
use std::sync::Arc;

use nft_invoice::{Draft, Mode, Rules, ValidationError, ValidationErrors, Warning};
use nft_invoice_bulk::input::take_id;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::terminal::output::{Format, Paint, escaped, plain};
use crate::terminal::report::{count_of_errors, error_line, warning_line};

/// Invoices of one file, in their order.
#[derive(Default)]
pub struct Batch {
    pub file: Arc<str>,
    /// Each with the line in which it begins, or none if it is all of the file.
    pub items: Vec<(Option<u64>, Item)>,
}

pub enum Item {
    /// JSON.
    Text(Zeroizing<Vec<u8>>),
    Draft(Box<Draft>),
    /// Why it cannot be read.
    Unreadable(String),
}

/// What is printed about a batch, and how many of its invoices are valid.
#[derive(Default)]
pub struct Verdicts {
    pub pieces: Vec<Piece>,
    pub valid: u64,
    pub invalid: u64,
}

pub enum Piece {
    /// Lines of the result.
    Result(String),
    /// Why an invoice could not be read.
    Unread(String),
}

/// How invoices are judged, and how the verdict is written.
pub struct Judge {
    pub rules: Rules,
    pub asked: Option<Mode>,
    pub format: Format,
    pub paint: Paint,
}

/// A verdict for programs.
#[derive(Serialize)]
struct Verdict<'a> {
    source: &'a str,
    mode: Option<Mode>,
    valid: bool,
    errors: &'a [ValidationError],
    warnings: &'a [Warning],
}

impl Judge {
    pub fn judge(&self, batch: Batch) -> Verdicts {
        let mut verdicts = Verdicts::default();
        for (line, item) in batch.items {
            let source = match line {
                Some(line) => format!("{}:{line}", batch.file),
                None => batch.file.to_string(),
            };
            let draft = match item {
                Item::Text(text) => {
                    let line = line.and_then(|line| usize::try_from(line).ok());
                    Draft::from_ndjson_line(&text, line.unwrap_or(1))
                }
                Item::Draft(draft) => Ok(*draft),
                Item::Unreadable(reason) => {
                    let message = not_read(&source, reason);
                    verdicts.pieces.push(Piece::Unread(message));
                    continue;
                }
            };
            self.verdict(&mut verdicts, &source, draft, line.is_some());
        }
        verdicts
    }

    fn verdict(
        &self,
        verdicts: &mut Verdicts,
        source: &str,
        draft: Result<Draft, ValidationErrors>,
        is_row: bool,
    ) {
        let mut id_error = None;
        let (mode, errors, warnings) = match draft {
            Ok(mut draft) => {
                if is_row {
                    id_error = take_id(&mut draft).err();
                }
                let checked = draft.check(&self.rules);
                (Some(checked.mode), checked.invoice.err(), checked.warnings)
            }
            Err(errors) => (self.asked, Some(errors), Vec::new()),
        };
        let errors = errors.into_iter().flatten().chain(id_error);
        let errors: Vec<_> = errors.collect();
        let verdict = Verdict {
            source,
            mode,
            valid: errors.is_empty(),
            errors: &errors,
            warnings: &warnings,
        };
        *if verdict.valid {
            &mut verdicts.valid
        } else {
            &mut verdicts.invalid
        } += 1;
        let lines = match self.format {
            Format::Json => escaped(&verdict) + "\n",
            Format::Text => self.text(&verdict),
        };
        match verdicts.pieces.last_mut() {
            Some(Piece::Result(all)) => all.push_str(&lines),
            _ => verdicts.pieces.push(Piece::Result(lines)),
        }
    }

    fn text(&self, verdict: &Verdict<'_>) -> String {
        let outcome = match verdict.errors.len() {
            0 => self.paint.good("valid"),
            count => self.paint.bad(count_of_errors(count)),
        };
        let mode = verdict.mode.map(|mode| format!(" ({mode})"));
        let mode = mode.unwrap_or_default();
        let mut lines = format!("{}: {outcome}{mode}\n", plain(verdict.source));
        for error in verdict.errors {
            let _ = writeln!(lines, "{}", error_line(error, self.paint));
        }
        for warning in verdict.warnings {
            let _ = writeln!(lines, "{}", warning_line(warning, self.paint));
        }
        lines
    }
}

/// `error: cannot read orders.csv:7: …`
pub fn not_read(source: &str, reason: impl Display) -> String {
    format!("error: cannot read {}: {reason}", plain(source))
}
