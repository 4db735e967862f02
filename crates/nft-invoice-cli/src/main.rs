//! The `nft-invoice` program.
#![forbid(unsafe_code)]

mod address;
mod admin;
mod browser;
mod cli;
mod commands;
mod event_stream;
mod exit;
mod explanations;
mod gateway;
mod happening;
mod input;
mod interrupt;
mod outcome;
mod output;
mod plan;
mod printer;
mod refusal;
mod report;
mod settings;

use std::io;
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    // A panic's own message may quote what it was working on: only its place is shown.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        output::note(format_args!(
            "error: the program has a bug at {place}; please report it. If this was `create`, the invoice \
             may have been created: look it up, do not repeat it"
        ));
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version end here too, with 0. There is nobody to tell if they cannot be printed.
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let ended = panic::catch_unwind(|| commands::run(cli)).unwrap_or(Ok(Exit::Unknown));
    ended.unwrap_or_else(explained).into()
}

fn explained(failure: Failure) -> Exit {
    match failure {
        Failure::Usage(message) => output::note(format_args!("error: {message}")),
        // Whoever read the output has left: `head`, a pager. Nothing to complain about.
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Failure::Output(error) => {
            output::note(format_args!("error: cannot write the output: {error}"))
        }
    }
    Exit::Usage
}
