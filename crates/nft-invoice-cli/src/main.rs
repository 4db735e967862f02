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
mod rejection;
mod report;
mod settings;

use std::io;
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};

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
        Err(usage) => {
            // Help and version end here, too, with 0. If they cannot be printed, there is nothing else to do.
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
        // The reader of the output has ended, such as `head` or a pager.
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Failure::Output(error) => {
            output::note(format_args!("error: cannot write the output: {error}"))
        }
    }
    Exit::Usage
}
