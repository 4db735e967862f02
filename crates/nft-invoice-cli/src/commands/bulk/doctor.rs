use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::lifecycle::State;

use super::journal::{JournalArgs, Opened, failed};
use super::summary;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::gateway_settings::GatewayArgs;
use crate::output;
use crate::settings::Settings;

/// Check that a journal can be used, and what can be found out about its rows
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice bulk doctor --journal drop.journal")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: &Args, _: &Settings) -> Result<Exit, Failure> {
    let gateway = args.gateway.settings()?;
    let (journal, path) = match args.journal.open()? {
        Opened::Journal(journal, path) => (journal, path),
        Opened::Failed(exit) => return Ok(exit),
    };
    block_on(async {
        // Reads every row, so that one that is damaged is found now.
        let mut after = 0;
        loop {
            match journal.rows(&State::ALL, after, 1000).await {
                Ok(rows) => match rows.last() {
                    Some(last) => after = last.number,
                    None => break,
                },
                Err(error) => return Ok(failed(&path, &error)),
            }
        }
        let counts = match journal.counts().await {
            Ok(counts) => counts,
            Err(error) => return Ok(failed(&path, &error)),
        };
        output::line(format_args!(
            "journal  {} ({})",
            summary::sentence(&counts),
            journal.mode()
        ))?;
        output::line(match gateway.history_path() {
            Some(_) => "history  its path is set: `bulk reconcile` can find what was created",
            None => {
                "history  its path is not set: only callbacks and a person can find out what became of unknown rows. \
                 Give --history-path PATH or set NFT_INVOICE_HISTORY_PATH"
            }
        })?;
        Ok(Exit::Done)
    })
}
