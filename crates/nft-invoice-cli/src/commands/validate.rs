use std::io;
use std::path::{Path, PathBuf};

use nft_invoice::{Advice, Draft, Mode, Problem, Rules};
use serde_json::json;

use crate::cli::RuleArgs;
use crate::exit::{Exit, Failure};
use crate::input::{Input, Line};
use crate::output::{self, Format, Paint, note, plain};
use crate::report::{advice_json, advice_line, problem_line, problems_json};
use crate::settings::Settings;

/// Check invoices against the gateway's rules; nothing is sent
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice validate order.json
  nft-invoice validate --format json --mode hosted orders.ndjson | jq 'select(.valid | not)'
  cat order.json | nft-invoice validate -")]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,
    /// Every input holds one invoice a line, also where its name does not end in .ndjson or .jsonl
    #[arg(long)]
    ndjson: bool,
    /// A JSON object, or NDJSON (.ndjson, .jsonl): one invoice a line; `-` for standard input
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
        unread: false,
    };
    for path in &args.files {
        let name = path.display().to_string();
        let read = if args.ndjson || is_ndjson(path) {
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
    unread: bool,
}

/// The inner error is the input's, after which other files are still checked.
type Read = Result<io::Result<()>, Failure>;

impl Check {
    fn file(&mut self, path: &Path, name: &str) -> Read {
        let mut input = match Input::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        match input.whole() {
            Ok(text) => self.invoice(name, text).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn lines(&mut self, path: &Path, name: &str) -> Read {
        let mut input = match Input::open(path) {
            Ok(input) => input,
            Err(error) => return Ok(Err(error)),
        };
        for number in 1_u64.. {
            let source = format!("{name}:{number}");
            match input.line() {
                Ok(Some(Line::Text(text))) if text.trim_ascii().is_empty() => {}
                Ok(Some(Line::Text(text))) => self.invoice(&source, text)?,
                Ok(Some(Line::TooLong)) => {
                    let message = "the line is longer than 1 MiB, which no invoice is";
                    self.not_read(&source, &io::Error::other(message));
                }
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    fn invoice(&mut self, source: &str, text: &[u8]) -> Result<(), Failure> {
        let (mode, problems, advice) = match Draft::from_json(text) {
            Ok(draft) => {
                let checked = draft.check(&self.rules);
                (Some(checked.mode), checked.invoice.err(), checked.advice)
            }
            Err(problems) => (self.asked, Some(problems), Vec::new()),
        };
        let problems = problems.as_ref().map_or(&[][..], |all| all.as_slice());
        *if problems.is_empty() {
            &mut self.valid
        } else {
            &mut self.invalid
        } += 1;
        match self.format {
            Format::Json => output::json(&json!({
                "source": source,
                "mode": mode.map(Mode::as_str),
                "valid": problems.is_empty(),
                "problems": problems_json(problems),
                "advice": advice_json(&advice),
            }))?,
            Format::Text => self.text(source, mode, problems, &advice)?,
        }
        Ok(())
    }

    fn text(
        &self,
        source: &str,
        mode: Option<Mode>,
        problems: &[Problem],
        advice: &[Advice],
    ) -> io::Result<()> {
        let verdict = match problems.len() {
            0 => self.paint.good("valid"),
            1 => self.paint.bad("1 problem"),
            count => self.paint.bad(format_args!("{count} problems")),
        };
        let mode = mode.map(|mode| format!(" ({mode})")).unwrap_or_default();
        output::line(format_args!("{}: {verdict}{mode}", plain(source)))?;
        for problem in problems {
            output::line(problem_line(problem, self.paint))?;
        }
        for advice in advice {
            output::line(advice_line(advice, self.paint))?;
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
                "{all} invoices, {} with problems",
                self.invalid
            ));
        }
        if self.unread {
            Exit::Usage
        } else if self.invalid > 0 {
            Exit::Problems
        } else {
            Exit::Done
        }
    }
}

fn is_ndjson(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("ndjson") || extension.eq_ignore_ascii_case("jsonl")
}
