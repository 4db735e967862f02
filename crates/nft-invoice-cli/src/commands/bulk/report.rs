use std::io::Write;
use std::path::PathBuf;

use nft_invoice_bulk::report::report;

use super::journal::{JournalArgs, Opened, failed, shown};
use super::output_file::{self, NewFile};
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::note;

/// Write an HTML file with the states of the rows, and with charts of the requests over time
///
/// It contains no link and no card, and opens without a network.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice bulk report --journal drop.journal --output drop.html")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    /// File to write, which only its owner can read. One that exists is replaced if it is empty or an earlier report
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(args: &Args, _: &Settings) -> Result<Exit, Failure> {
    output_file::check(&args.output, &args.journal.place()?)?;
    block_on(async {
        let (journal, place) = match args.journal.read().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        let page = match report(&*journal).await {
            Ok(page) => page,
            Err(error) => return Ok(failed(&place, &error)),
        };
        // Every report has this beginning.
        let head = page.split_inclusive("</title>").next().unwrap_or(&page);
        NewFile::create(&args.output, |start| start.starts_with(head.as_bytes()))
            .and_then(|mut file| {
                file.write_all(page.as_bytes())?;
                file.finish()
            })
            .map_err(|error| output_file::unwritten(&args.output, &error))?;
        note(format_args!("The report is in {}.", shown(&args.output)));
        Ok(Exit::Done)
    })
}
