pub mod completions;
pub mod create;
pub mod explain;
pub mod history;
pub mod info;
pub mod man;
pub mod sandbox;
pub mod status;
pub mod validate;

use std::pin::{Pin, pin};

use nft_invoice::{Call, Error};
use serde_json::json;
use tokio::runtime;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::interrupt::interrupted;
use crate::output::{self, Format, chain, note};

pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let settings = cli.settings;
    match cli.command {
        Command::Validate(args) => validate::run(&args, &settings),
        Command::Create(args) => create::run(&args, &settings),
        Command::Status(args) => status::run(&args, &settings),
        Command::Info(args) => info::run(&args, &settings),
        Command::History(args) => history::run(&args, &settings),
        Command::Sandbox(args) => sandbox::run(&args, &settings),
        Command::Explain(args) => explain::run(&args, &settings),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// Runs `work` to its end and leaves behind what still blocks, such as a read of standard input.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::usage(format!("cannot start: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// Asks one question of the gateway.
fn ask<T>(call: impl Future<Output = T>) -> Result<Option<T>, Failure> {
    block_on(async {
        let interrupt = pin!(interrupted().map_err(no_signals)?);
        Ok(answer(call, interrupt).await)
    })
}

/// What a read brought; nothing after Ctrl-C.
async fn answer<T>(
    call: impl Future<Output = T>,
    interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Option<T> {
    tokio::select! {
        biased;
        answer = call => Some(answer),
        () = interrupt => None,
    }
}

fn no_signals(error: std::io::Error) -> Failure {
    Failure::usage(format!("cannot listen for Ctrl-C: {error}"))
}

/// Tells why a read brought nothing, and how the program ends. No error is Ctrl-C.
fn read_failed(error: Option<Error>, format: Format) -> Result<Exit, Failure> {
    let exit = error.as_ref().map_or(Exit::NotSent, Exit::of);
    let text = error
        .as_ref()
        .map_or("interrupted".to_owned(), |error| chain(error));
    if exit == Exit::Usage {
        return Err(Failure::usage(text));
    }
    let refusal = error.filter(|error| matches!(error, Error::Rejected { .. }));
    if format == Format::Json {
        output::json(&match &refusal {
            Some(refusal) => rejection_json(refusal),
            None => json!({"outcome": "no_answer", "error": text}),
        })?;
    }
    note(format_args!("error: {text}"));
    match &refusal {
        Some(refusal) => note_what_to_do(refusal),
        None => note("It is safe to ask again."),
    }
    Ok(exit)
}

/// A refusal as an object; `null` for any other error.
pub fn rejection_json(error: &Error) -> serde_json::Value {
    let Error::Rejected {
        code,
        documented,
        message,
        ..
    } = error
    else {
        return serde_json::Value::Null;
    };
    json!({
        "outcome": "rejected",
        "code": code,
        "message": message,
        "meaning": documented.map(|row| row.meaning),
    })
}

/// After a refusal: what the gateway said in its own words, and what helps.
pub fn note_what_to_do(error: &Error) {
    let Error::Rejected {
        call,
        code,
        documented,
        message,
        ..
    } = error
    else {
        return;
    };
    // Without a documented meaning it stood in the error already.
    if let (Some(message), Some(_)) = (message, documented) {
        note(format_args!(
            "The gateway's own words: {}",
            output::plain(message)
        ));
    }
    match documented {
        Some(row) => note(row.what_to_do),
        None if *call == Call::Create => note(format_args!(
            "Code {code} is not documented, so nobody can say for certain that nothing was created: \
             look it up before you repeat the command"
        )),
        None => note(format_args!(
            "Code {code} is not documented: ask the gateway."
        )),
    }
}
