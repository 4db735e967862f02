use nft_invoice_bulk::needing_person;

use super::journal::{JournalArgs, Opened, failed};
use super::summary;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format};

/// Show how many rows of a journal are in each state
///
/// The exit code is that of the rows: 0 if each was accepted or resolved, 3 if some were rejected, 5 if some are unknown or
/// parked, 6 if some have two invoices, and 8 if some still have to be sent.
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
        let person = match needing_person(&*journal).await {
            Ok(person) => person,
            Err(error) => return Ok(failed(&place, &error)),
        };
        match settings.format {
            Format::Json => output::json(&summary::object(&counts, person))?,
            Format::Text => output::line(summary::sentence(&counts))?,
        }
        summary::note_unknown(journal.mode(), &counts, person, &place);
        summary::alarm(&counts, &place);
        Ok(summary::exit(&counts, None))
    })
}
