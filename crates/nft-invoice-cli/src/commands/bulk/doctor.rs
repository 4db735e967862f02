use nft_invoice::HistoryQuery;
use nft_invoice_bulk::journal::JournalError;
use nft_invoice_bulk::lifecycle::State;

use super::journal::{JournalArgs, Opened, failed};
use super::summary;
use crate::commands::{block_on, read_failed};
use crate::exit::{Exit, Failure};
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::output;

/// Check that a journal and the gateway can be used
///
/// Reads every row of the journal, and a page of the gateway's history. Nothing is changed.
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

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let gateway = args.gateway.settings()?;
    block_on(async {
        let (journal, place) = match args.journal.read().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        if let Err(error) = journal.check().await {
            return Ok(failed(&place, &error));
        }
        // Reads every row, so that one that is damaged is found now.
        let mut after = 0;
        loop {
            match journal.rows(&State::ALL, after, 1000).await {
                Ok(rows) => match rows.last() {
                    Some(last) => after = last.number,
                    None => break,
                },
                Err(error) => return Ok(failed(&place, &error)),
            }
        }
        let counts = match journal.counts().await {
            Ok(counts) => counts,
            Err(error) => return Ok(failed(&place, &error)),
        };
        output::line(format_args!(
            "journal  {} ({})",
            summary::sentence(&counts),
            journal.mode()
        ))?;
        let settings_of_server = match journal.settings().await {
            Ok(settings) => settings,
            Err(error) => return Ok(failed(&place, &error)),
        };
        let mut exit = Exit::Done;
        for setting in settings_of_server {
            let verdict = if setting.is_safe {
                ""
            } else {
                exit = Exit::Journal;
                ": what was stored can be lost in a power failure, and be sent again. Turn it on"
            };
            output::line(format_args!(
                "database {} is {}{verdict}",
                setting.name, setting.value
            ))?;
        }
        match journal.is_suspect().await {
            Ok(false) => {}
            Ok(true) => {
                return Ok(failed(&place, &JournalError::Restored));
            }
            Err(error) => return Ok(failed(&place, &error)),
        }
        if gateway.history_path().is_none() {
            output::line(
                "history  its path is not set: only callbacks and a person can find out what became of unknown rows. \
                 Give --history-path PATH or set NFT_INVOICE_HISTORY_PATH",
            )?;
            return Ok(exit);
        }
        let mut history = gateway.client()?.history(HistoryQuery::default());
        if let Some(Err(error)) = history.next().await {
            return read_failed(&error, settings);
        }
        output::line("history  can be read: `bulk reconcile` finds what was created")?;
        Ok(exit)
    })
}
