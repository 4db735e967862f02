use std::path::PathBuf;

use nft_invoice_sandbox::recover_database;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, chain, plain, quoted};

/// Copy the intact part of a damaged database to a new file
///
/// Everything before the first damaged event is copied. The damaged file is left unchanged.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice sandbox recover sandbox.db recovered.db")]
pub struct Args {
    /// Damaged file of --db
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// New file, which must not exist
    #[arg(value_name = "NEW_FILE")]
    to: PathBuf,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let copied = recover_database(&args.from, &args.to).map_err(|error| {
        let from = args.from.display().to_string();
        Failure::usage(format!(
            "cannot recover {}: {}",
            plain(&from),
            chain(&error)
        ))
    })?;
    match settings.format {
        Format::Json => {
            output::json(&json!({"events": copied.events, "invoices": copied.invoices}))?;
        }
        Format::Text => {
            let to = quoted(&plain(&args.to.display().to_string()));
            output::line(format_args!(
                "Copied {copied}. To start with them:\n\n  nft-invoice sandbox --db {to}"
            ))?;
        }
    }
    Ok(Exit::Done)
}
