pub mod bulk;
pub mod callback;
pub mod completions;
pub mod create;
pub mod explain;
pub mod find;
pub mod history;
pub mod info;
pub mod man;
pub mod sandbox;
pub mod status;
pub mod validate;
pub mod wait;

use std::pin::{Pin, pin};
use std::time::Duration;

use nft_invoice::{Call, Error};
use serde_json::json;
use tokio::runtime;
use tokio::time::{Instant, sleep, timeout_at};

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::gateway::lost;
use crate::gateway::rejection;
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, note, plain};

pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let settings = cli.settings;
    match cli.command {
        Command::Validate(args) => validate::run(&args, &settings),
        Command::Create(args) => create::run(&args, &settings),
        Command::Status(args) => status::run(&args, &settings),
        Command::Info(args) => info::run(&args, &settings),
        Command::History(args) => history::run(&args, &settings),
        Command::Find(args) => find::run(&args, &settings),
        Command::Wait(args) => wait::run(&args, &settings),
        Command::Bulk(args) => bulk::run(args, &settings),
        Command::Callback(args) => callback::run(&args, &settings),
        Command::Sandbox(args) => sandbox::run(&args, &settings),
        Command::Explain(args) => explain::run(&args, &settings),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// Runs `work` to its end, without waiting for what still blocks, such as a read of standard input.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        // Before every step the time limit is checked: one that reads a flood of bytes is long.
        .event_interval(1)
        .build()
        .map_err(|error| Failure::usage(format!("cannot start: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// Makes one read call, within `limit`. The outer error is that it could not be made.
fn call<T>(
    call: Call,
    limit: Duration,
    read: impl AsyncFnMut() -> Result<T, Error>,
) -> Result<Result<T, Error>, Failure> {
    block_on(async {
        let interrupt = pin!(interrupted().map_err(no_signals)?);
        Ok(response(call, limit, read, interrupt).await)
    })
}

/// The result of a read, which is repeated on transport failures, unless Ctrl-C comes first.
async fn response<T>(
    call: Call,
    limit: Duration,
    read: impl AsyncFnMut() -> Result<T, Error>,
    interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        response = repeated(limit, read) => response,
        () = interrupt => Err(lost(call, "interrupted")),
    }
}

/// Repeats `read` up to three times within `limit` while its transport fails.
async fn repeated<T>(
    limit: Duration,
    mut read: impl AsyncFnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    let deadline = Instant::now() + limit;
    let mut result = read().await;
    for wait in [500, 1000, 2000].map(Duration::from_millis) {
        let Err(error @ Error::Transport { .. }) = &result else {
            break;
        };
        if Instant::now() + wait >= deadline {
            break;
        }
        let text = error.to_string();
        note(format_args!("{}; trying again", plain(&text)));
        sleep(wait).await;
        match timeout_at(deadline, read()).await {
            Ok(next) => result = next,
            Err(_) => break,
        }
    }
    result
}

fn no_signals(error: std::io::Error) -> Failure {
    Failure::usage(format!("cannot listen for Ctrl-C: {error}"))
}

/// Reports a read that failed, and returns the exit code.
fn read_failed(error: &Error, settings: &Settings) -> Result<Exit, Failure> {
    let exit = Exit::of(error);
    let text = plain(&error.to_string()).into_owned();
    if exit == Exit::Usage {
        return Err(Failure::usage(text));
    }
    if settings.format == Format::Json {
        let no_response = || json!({"outcome": "no_response", "error": text});
        output::json(&rejection::json(error).unwrap_or_else(no_response))?;
    }
    note(format_args!("error: {text}"));
    if settings.verbose {
        output::causes(error);
    }
    match exit {
        Exit::Rejected => rejection::note_what_to_do(error),
        _ => note("It is safe to run the command again."),
    }
    Ok(exit)
}
