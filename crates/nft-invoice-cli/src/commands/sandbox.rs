pub mod run;

mod advance;
mod fault;
mod recover;
mod replay;
mod tail;
mod trigger;

use std::pin::pin;

use clap::Subcommand;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, AdminError, Ask};
use crate::sandbox::plan;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, note, plain};

/// Run a local test gateway until Ctrl-C, or control a running one; no money moves
///
/// It implements the four calls, accepts test cards, shows a checkout page and sends signed callbacks. Its clock can
/// be moved, and faults can be planned.
#[derive(clap::Args)]
#[command()]
#[command(after_help = "\
Examples:
  nft-invoice sandbox
  nft-invoice sandbox --listen 127.0.0.1:8080 --seed 7 --callback http://127.0.0.1:3000/callback
  nft-invoice sandbox --faults 'create->after.reset@n=1'     # the first response is lost
  nft-invoice sandbox --assume error-status=400 --db sandbox.db
  nft-invoice sandbox --listen 0.0.0.0:8080 --allow-remote --public-url http://sandbox:8080

In another terminal, with the two NFT_INVOICE_SANDBOX_ variables that it prints:
  nft-invoice sandbox trigger invoice:opened --invoice 1
  nft-invoice sandbox advance 14d
  nft-invoice sandbox tail --format json")]
pub struct Args {
    #[command(subcommand)]
    steer: Option<Steer>,
    #[command(flatten)]
    run: run::Options,
}

#[derive(Subcommand)]
enum Steer {
    Trigger(trigger::Args),
    Advance(advance::Args),
    Fault(fault::Args),
    Replay(replay::Args),
    Recover(recover::Args),
    Tail(tail::Args),
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    if args.steer.is_some() && args.run != run::Options::default() {
        return Err(Failure::usage(
            "options for starting a sandbox do not apply to a running one: give the command of `sandbox` without \
             them",
        ));
    }
    match &args.steer {
        None => run::run(&args.run, settings),
        Some(Steer::Trigger(args)) => trigger::run(args, settings),
        Some(Steer::Advance(args)) => advance::run(args, settings),
        Some(Steer::Fault(args)) => fault::run(args, settings),
        Some(Steer::Replay(args)) => replay::run(args, settings),
        Some(Steer::Recover(args)) => recover::run(args, settings),
        Some(Steer::Tail(args)) => tail::run(args, settings),
    }
}

/// Makes one call to the sandbox; `text` makes its response readable.
fn steer(
    admin: &Admin,
    ask: &Ask,
    format: Format,
    text: impl Fn(&Value) -> String,
) -> Result<Exit, Failure> {
    let asked = block_on(async {
        let interrupt = pin!(interrupted().map_err(no_signals)?);
        Ok(tokio::select! {
            biased;
            answer = admin.ask(ask) => answer,
            () = interrupt => Err(AdminError::NoAnswer("interrupted".to_owned())),
        })
    })?;
    match (asked, format) {
        (Ok(answer), Format::Json) => output::json(&answer)?,
        (Ok(answer), Format::Text) => output::line(text(&answer))?,
        (Err(error), _) => return failed(&error, ask, format),
    }
    Ok(Exit::Done)
}

/// Reports why a call failed, and returns the exit code.
fn failed(error: &AdminError, ask: &Ask, format: Format) -> Result<Exit, Failure> {
    let (exit, outcome, text) = match error {
        AdminError::Refused { status, answer } => {
            (Exit::Rejected, "rejected", refusal(*status, answer))
        }
        AdminError::NotSent(text) => (Exit::NotSent, "not_sent", text.clone()),
        AdminError::NoAnswer(text) if ask.is_change() => (Exit::Unknown, "unknown", text.clone()),
        AdminError::NoAnswer(text) => (Exit::NotSent, "no_response", text.clone()),
    };
    if format == Format::Json {
        let mut object = json!({"outcome": outcome, "error": text});
        if let AdminError::Refused { status, answer } = error {
            object["status"] = status.as_u16().into();
            for member in ["from", "allowed", "line", "column"] {
                if let Some(value) = answer.get(member) {
                    object[member] = value.clone();
                }
            }
        }
        output::json(&object)?;
    }
    note(format_args!("error: {}", plain(&text)));
    if exit == Exit::Unknown {
        note("It may have been done: look at the sandbox before you repeat it.");
    }
    if let AdminError::Refused { answer, .. } = error {
        note_what_helps(answer, ask);
    }
    Ok(exit)
}

fn note_what_helps(answer: &Value, ask: &Ask) {
    if answer["allowed"].is_array() {
        note("To move it anyway, add --force.");
    }
    let number = |member| usize::try_from(answer[member].as_u64()?).ok();
    if let (Some(plan), Some(line), Some(column)) = (ask.plan(), number("line"), number("column")) {
        note(format_args!("\n{}", plan::pointed_at(plan, line, column)));
    }
}

fn refusal(status: StatusCode, answer: &Value) -> String {
    let text = |name| answer[name].as_str();
    // The command's argument instead of the API's field.
    let argument = match text("field") {
        Some("by") => Some("DURATION"),
        Some("event") => Some("EVENT"),
        _ => None,
    };
    match (status, argument.zip(text("reason")), text("error")) {
        (StatusCode::UNAUTHORIZED, ..) => {
            "the sandbox does not accept the token in NFT_INVOICE_SANDBOX_TOKEN. Each run has its own, printed at \
             its start"
                .to_owned()
        }
        (_, Some((argument, reason)), _) => format!("invalid value for <{argument}>: {reason}"),
        (_, None, Some(sentence)) => sentence.to_owned(),
        (_, None, None) => format!(
            "HTTP {}, which is not a response of a sandbox. Is there one at this address?",
            status.as_u16()
        ),
    }
}

/// A text from the sandbox, fit for a terminal.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text).into_owned(),
        other => plain(&other.to_string()).into_owned(),
    }
}
