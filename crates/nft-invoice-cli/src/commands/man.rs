use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::output::{self, plain};

/// Print a manual page: the program's, or a command's
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice man > nft-invoice.1
  nft-invoice man create | man -l -")]
pub struct Args {
    /// A command of this program
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    // Hands the global options down to every command.
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            found.ok_or_else(|| {
                Failure::usage(format!("there is no command {}; see --help", plain(name)))
            })?
        }
    };
    let title = command
        .get_display_name()
        .unwrap_or("nft-invoice")
        .to_owned();
    let mut page = Vec::new();
    Man::new(command).title(title).render(&mut page)?;
    output::document(&page)?;
    Ok(Exit::Done)
}
