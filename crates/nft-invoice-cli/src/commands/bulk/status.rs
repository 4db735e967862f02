use nft_invoice_bulk::UnknownRows;

use super::journal::{JournalArgs, Opened, failed};
use super::summary;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, note};

/// Show how many rows of a journal are in each state
///
/// The exit code is that of the rows: 0 if each was accepted or resolved, 3 if some were rejected, 5 if some are unknown or
/// parked, 6 if some have two invoices, and 8 if some still have to be sent.
///
/// It only counts, so it is fast while a run uses the journal. `bulk doctor` looks for damage in all of it.
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
        let unknown = match UnknownRows::read(&*journal).await {
            Ok(unknown) => unknown,
            Err(error) => return Ok(failed(&place, &error)),
        };
        match settings.format {
            Format::Json => output::json(&summary::object(&counts, unknown.needing_person))?,
            Format::Text => output::line(summary::sentence(&counts))?,
        }
        let mode = journal.mode();
        if counts.prepared > 0 {
            note(format_args!(
                "{} still to be sent: run the same `bulk run` again.",
                summary::are(counts.prepared)
            ));
        }
        if counts.in_flight > 0 {
            note(format_args!(
                "{} claimed by a process, which sends {}.",
                summary::are(counts.in_flight),
                if counts.in_flight == 1 { "it" } else { "them" }
            ));
        }
        if counts.rejected > 0 {
            note(
                "To get the rejected rows in a file that you can correct, run their input again with --rejected FILE. If it \
                 is a pipe, correct the rows where they come from, and pipe it again.",
            );
            note(format_args!(
                "Why they were rejected: nft-invoice bulk export {}",
                place.options()
            ));
        }
        summary::note_unknown(mode, &counts, &unknown, &place);
        summary::note_parked(&counts);
        summary::alarm(&counts, &place);
        summary::note_links(mode, &counts, &place);
        Ok(summary::exit(&counts))
    })
}
