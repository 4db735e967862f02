use super::journal::{JournalArgs, Opened, failed};
use super::summary;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::output::{self, Format};
use crate::settings::Settings;

/// Show how many rows of a journal are in each state
///
/// Ends with 6 if a row is a duplicate, and otherwise with 0.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice bulk status --journal drop.journal --format json")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    block_on(async {
        let (journal, place) = match args.journal.read().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        let counts = match journal.counts().await {
            Ok(counts) => counts,
            Err(error) => return Ok(failed(&place, &error)),
        };
        match settings.format {
            Format::Json => output::json(&summary::object(&counts))?,
            Format::Text => output::line(summary::sentence(&counts))?,
        }
        Ok(summary::alarm(&counts, &place))
    })
}
