use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::terminal::output::{self, plain};

/// Print a manual page of the program or of a command
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice man > nft-invoice.1
  nft-invoice man create | man -l -
  nft-invoice man sandbox trigger | man -l -")]
pub struct Args {
    /// Command, and its own command
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    // Adds the global options to every command.
    command.build();
    for name in &args.command {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| {
            Failure::usage(format!("unknown command {}. See --help", plain(name)))
        })?;
    }
    let title = command
        .get_display_name()
        .unwrap_or("nft-invoice")
        .to_owned();
    let mut page = Vec::new();
    Man::new(command).title(title).render(&mut page)?;
    output::document(&page)?;
    Ok(Exit::Done)
}
