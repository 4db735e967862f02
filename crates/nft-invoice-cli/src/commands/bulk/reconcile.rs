use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nft_invoice::{InvoiceId, Mode};
use nft_invoice_bulk::UnknownRows;
use nft_invoice_bulk::reconcile::{
    CallbackLine, Callbacks, Hint, ReconcileError, ReconcileOptions, Reconciled, Reconciler,
};
use serde_json::json;

use super::journal::{JournalArgs, Opened, failed, shown};
use super::summary::{self, number, rows};
use crate::commands::{block_on, read_failed};
use crate::exit::{Exit, Failure};
use crate::options::arguments::whole_number;
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, input_name, note};

/// Find out what became of rows with an unknown outcome
///
/// Reads the gateway's history twice, and the infos of every invoice in it that has the amount and the e-mail address of
/// such a row. Without a history path it reads only the infos of the invoices that --invoice and --callbacks name.
///
/// A callback is no evidence, since anyone can send one: only what the gateway shows of its invoice counts. So its
/// signature is not checked. A callback of another invoice than a row's changes nothing, and is counted: in JSON as
/// `unrelated`, or as `skipped` if it names another row than those that are looked for.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk reconcile --journal drop.journal --history-path /api/invoice/history/
  nft-invoice bulk reconcile --journal drop.journal --invoice 1689
  nft-invoice bulk reconcile --journal drop.journal --callbacks callbacks.ndjson")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    /// Invoice that a callback has named, to be read first (repeatable)
    #[arg(long = "invoice", value_name = "ID")]
    invoices: Vec<InvoiceId>,
    /// File with the bodies of callbacks as the gateway has sent them, one a line; `-` for standard input. Lines that
    /// cannot be read are reported and skipped
    #[arg(long, value_name = "FILE")]
    callbacks: Option<PathBuf>,
    /// Hours after which a row that is not in the history is reported as absent
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    #[arg(value_parser = whole_number(0..=8760_u64), allow_negative_numbers = true)]
    horizon: u64,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let gateway = args.gateway.settings()?;
    let client = gateway.client()?;
    if gateway.history_path().is_none() && args.invoices.is_empty() && args.callbacks.is_none() {
        return Err(Failure::usage(
            "the history path is not set: give --history-path PATH or set NFT_INVOICE_HISTORY_PATH. The gateway does not \
             publish it. Without it, name invoices from callbacks with --invoice ID or --callbacks FILE",
        ));
    }
    let callbacks = args.callbacks.as_deref();
    if gateway.key_from_stdin() && callbacks == Some(Path::new("-")) {
        return Err(Failure::usage(
            "standard input cannot be both the API key and the callbacks: give one of them as a file",
        ));
    }
    let unrelated = Arc::new(AtomicUsize::new(0));
    let callbacks = callbacks.map(|path| hints(path, Arc::clone(&unrelated)));
    let callbacks = callbacks.transpose()?;
    let invoices = args.invoices.clone().into_iter();
    let named = invoices.map(|id| Ok(Hint::from(id)));
    let named = named.chain(callbacks.into_iter().flatten());
    let options = ReconcileOptions {
        horizon: Duration::from_secs(args.horizon * 3600),
        ..ReconcileOptions::default()
    };
    block_on(async {
        let (journal, place) = match args.journal.open().await? {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        let reconciler = Reconciler::new(client, Arc::clone(&journal), options).with_hints(named);
        match reconciler.run().await {
            Ok(result) => {
                let unknown = match UnknownRows::read(&*journal).await {
                    Ok(unknown) => unknown,
                    Err(error) => return Ok(failed(&place, &error)),
                };
                let person = unknown.needing_person;
                let unrelated = unrelated.load(Ordering::Relaxed);
                print(&result, unrelated, person, settings.format)?;
                if result.is_suspect {
                    note("Nothing is sent before the history could be read completely.");
                    return Ok(Exit::Journal);
                }
                let mode = journal.mode();
                if mode == Mode::Hosted {
                    summary::note_unknown(mode, &result.counts, &unknown, &place);
                } else if person > 0 {
                    note(format_args!(
                        "Of {} no invoice was found, and no card is sent again by itself. A later reconciliation can \
                         still find one; otherwise only you can decide: nft-invoice bulk unknown {}",
                        rows(person),
                        place.options()
                    ));
                }
                summary::alarm(&result.counts, &place);
                Ok(summary::exit(&result.counts))
            }
            Err(ReconcileError::Read(error)) => read_failed(&error, settings),
            Err(ReconcileError::Journal(error)) => Ok(failed(&place, &error)),
            Err(ReconcileError::Hints(error)) => Err(Failure::usage(format!(
                "cannot read the callbacks any further: {error}"
            ))),
            Err(error) => Err(Failure::usage(error.to_string())),
        }
    })
}

/// The hints of a file of callbacks. Lines that cannot be read are reported, and callbacks whose data is not that of a
/// row are counted.
fn hints(
    path: &Path,
    unrelated: Arc<AtomicUsize>,
) -> Result<impl Iterator<Item = io::Result<Hint>> + Send + 'static, Failure> {
    let name = shown(path);
    let mut callbacks = Callbacks::open(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", input_name(path))))?;
    Ok(std::iter::from_fn(move || {
        loop {
            match callbacks.read_line() {
                Ok(None) => return None,
                Ok(Some(CallbackLine { line, hint })) => match hint {
                    Ok(Some(hint)) => return Some(Ok(hint)),
                    Ok(None) => {
                        unrelated.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(reason) => note(format_args!("{name}:{line}: {reason}")),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}

/// `unrelated` is the number of callbacks that belong to no row.
fn print(result: &Reconciled, unrelated: usize, person: u64, format: Format) -> io::Result<()> {
    match format {
        Format::Json => {
            let mut object = summary::object(&result.counts, person);
            object["wanted"] = json!(result.wanted);
            object["invoices"] = json!(result.invoices);
            object["infos"] = json!(result.infos);
            object["refused"] = json!(result.refused);
            object["skipped"] = json!(result.skipped);
            object["unrelated"] = json!(unrelated);
            object["found"] = json!(result.found);
            object["has_history"] = json!(result.has_history);
            object["is_complete"] = json!(result.is_complete);
            object["is_suspect"] = json!(result.is_suspect);
            object["absent"] = json!(result.absent);
            output::json(&object)
        }
        Format::Text => {
            let found = match result.found {
                0 => "none that was not known".to_owned(),
                1 => "1 that was not known".to_owned(),
                found => format!("{} that were not known", number(found as u64)),
            };
            match result.has_history {
                _ if result.wanted == 0 => output::line(
                    "There is nothing to find out: each request of every row has got a response.",
                )?,
                true => output::line(format_args!(
                    "Looked for the invoices of {} among {} of the history, and found {found}.",
                    rows(result.wanted as u64),
                    number(result.invoices as u64),
                ))?,
                false => output::line(format_args!(
                    "Looked for the invoices of {} among {} that were named, and found {found}. The history's path is \
                     not configured.",
                    rows(result.wanted as u64),
                    number(result.infos as u64),
                ))?,
            }
            if unrelated > 0 {
                output::line(format_args!(
                    "{} to no row of this journal.",
                    match unrelated {
                        1 => "1 callback belongs".to_owned(),
                        callbacks => format!("{} callbacks belong", number(callbacks as u64)),
                    }
                ))?;
            }
            if result.skipped > 0 {
                output::line(format_args!(
                    "Callbacks of rows that are not looked for, or of another journal: {}.",
                    number(result.skipped as u64)
                ))?;
            }
            if result.refused > 0 {
                output::line(format_args!(
                    "The gateway does not show {} of the invoices that were named: they do not exist, or are another \
                     merchant's.",
                    number(result.refused as u64)
                ))?;
            }
            if result.has_history && !result.is_complete && result.wanted > 0 {
                output::line(
                    "The history could not be read completely, so what was not found says nothing.",
                )?;
            }
            if !result.absent.is_empty() {
                output::line(format_args!(
                    "Not in the history: {}. That is weak evidence that nothing was created for them.",
                    rows(result.absent.len() as u64)
                ))?;
            }
            output::line(summary::sentence(&result.counts))
        }
    }
}
