//! The `nft-invoice` program.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod exit;
mod explanations;
mod gateway;
mod options;
mod sandbox;
mod terminal;

use std::error::Error;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ErrorKind};

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::terminal::output;

fn main() -> ExitCode {
    // A panic's message could contain what it was working on: only its place is shown.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        output::note(format_args!(
            "error: the program has a bug at {place}; please report it. If this was `create`, the invoice may have \
             been created: find it, do not run the command again"
        ));
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return shown(&usage).unwrap_or_else(explained).into(),
    };
    let ended = panic::catch_unwind(|| commands::run(cli)).unwrap_or(Ok(Exit::Unknown));
    ended.unwrap_or_else(explained).into()
}

/// Shows why the arguments are not a command: help, the version, or a usage error.
fn shown(usage: &clap::Error) -> Result<Exit, Failure> {
    if !usage.use_stderr() {
        usage.print()?;
        io::stdout().flush()?;
        return Ok(Exit::Done);
    }
    match (
        usage.kind(),
        usage.get(ContextKind::InvalidArg),
        usage.source(),
    ) {
        // Without the value, which could be a card number.
        (ErrorKind::ValueValidation, Some(argument), Some(reason)) => {
            output::note(format_args!(
                "error: invalid value for {argument}: {reason}\n\nFor more information, try '--help'."
            ));
        }
        _ => {
            let _ = usage.print();
        }
    }
    Ok(Exit::Usage)
}

fn explained(failure: Failure) -> Exit {
    match failure {
        Failure::Usage(message) => output::note(format_args!("error: {message}")),
        // The reader of the output has ended, such as `head` or a pager.
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Exit::ReaderEnded;
        }
        Failure::Output(error) => {
            output::note(format_args!("error: cannot write the output: {error}"))
        }
    }
    Exit::Usage
}
