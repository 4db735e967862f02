mod doctor;
mod export;
mod journal;
mod output_file;
mod progress;
mod reconcile;
mod report;
mod run;
mod status;
mod summary;
mod unknown;

use std::sync::Arc;

use clap::Subcommand;

use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;

/// Create thousands of invoices, so that a crash neither charges a customer twice nor loses an invoice
///
/// A journal on disk holds every row of the input and everything that happened to it. Running the same command again
/// goes on where the last run ended.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk run drop.csv --journal drop.journal
  nft-invoice bulk export --journal drop.journal --output links.csv
  nft-invoice bulk reconcile --journal drop.journal")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Status(status::Args),
    Reconcile(Box<reconcile::Args>),
    Unknown(unknown::Args),
    Export(export::Args),
    Report(report::Args),
    Doctor(Box<doctor::Args>),
}

pub fn run(args: Args, settings: &Settings) -> Result<Exit, Failure> {
    match args.command {
        Command::Run(args) => run::run(Arc::from(args), settings),
        Command::Status(args) => status::run(&args, settings),
        Command::Reconcile(args) => reconcile::run(&args, settings),
        Command::Unknown(args) => unknown::run(&args, settings),
        Command::Export(args) => export::run(&args, settings),
        Command::Report(args) => report::run(&args, settings),
        Command::Doctor(args) => doctor::run(&args, settings),
    }
}
