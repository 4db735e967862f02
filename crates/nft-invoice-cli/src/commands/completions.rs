use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::terminal::output;

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice completions bash > ~/.local/share/bash-completion/completions/nft-invoice")]
pub struct Args {
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    // Into memory first: a closed pipe would cause a panic in there.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "nft-invoice", &mut script);
    output::document(&script)?;
    Ok(Exit::Done)
}
