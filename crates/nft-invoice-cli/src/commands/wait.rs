use std::pin::{Pin, pin};
use std::time::Duration;

use nft_invoice::{
    Call, Client, Error, FindOptions, InvoiceId, InvoiceStatus, Match, Reference, StatusReport,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::history::no_path;
use super::{block_on, no_signals, read_failed, response, status};
use crate::exit::{Exit, Failure};
use crate::gateway::lost;
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{note, plain};

/// Wait until an invoice is paid or has another status
///
/// Asks for the status every few seconds, up to the time limit that --timeout sets.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 the status was reached, 3 the invoice ended in another status, 4 the time limit was reached first.

Examples:
  nft-invoice wait 1689 --timeout 600
  nft-invoice wait order-7f3a --for expired     # finds the invoice first; needs --history-path")]
pub struct Args {
    /// Id of the invoice, all digits; otherwise its reference
    #[arg(value_name = "ID|REFERENCE")]
    invoice: Reference,
    /// Status to wait for, such as paid or expired [default: one in which the customer has paid]
    #[arg(long = "for", value_name = "STATUS", value_parser = documented)]
    wanted: Option<InvoiceStatus>,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let gateway = args.gateway.settings()?;
    let client = gateway.client()?;
    let text = args.invoice.as_str();
    let is_id = text.bytes().all(|b| b.is_ascii_digit());
    if !is_id && gateway.history_path().is_none() {
        return Err(no_path());
    }
    let limit = gateway.time_limit();
    block_on(async {
        let mut interrupt = pin!(interrupted().map_err(no_signals)?);
        let deadline = Instant::now() + limit;
        let id = if is_id {
            text.parse()
                .map_err(|error| Failure::usage(format!("cannot use the id: {error}")))?
        } else {
            let found = find(&client, &args.invoice, limit, interrupt.as_mut());
            match timeout_at(deadline, found).await {
                Ok(Ok(Some(id))) => id,
                Ok(Ok(None)) => {
                    note(
                        "No invoice with this reference was found. Check the reference. The history can lag behind, so try again \
                         later.",
                    );
                    return Ok(Exit::Rejected);
                }
                Ok(Err(error)) => return read_failed(&error, settings),
                Err(_) => {
                    note(
                        "The time limit was reached before the end of the history. It is safe to run the command again, with a \
                         longer --timeout, or with the invoice's id.",
                    );
                    return Ok(Exit::NotSent);
                }
            }
        };
        let mut pause = Duration::from_secs(1);
        let mut last = None;
        loop {
            let read = async || client.status(&id).await;
            let report = match response(Call::Status, limit, read, interrupt.as_mut()).await {
                Ok(report) => report,
                Err(error) => return read_failed(&error, settings),
            };
            if let Some(exit) = args.end(&report) {
                status::print(&report, &id, settings.format)?;
                return Ok(exit);
            }
            if last.as_ref() != Some(&report.status) {
                note(format_args!("The status is {}.", report.status));
                last = Some(report.status.clone());
            }
            if Instant::now() + pause >= deadline {
                status::print(&report, &id, settings.format)?;
                note(
                    "The time limit was reached. It is safe to run the command again, with a longer --timeout.",
                );
                return Ok(Exit::NotSent);
            }
            tokio::select! {
                biased;
                () = interrupt.as_mut() => {
                    return read_failed(&lost(Call::Status, "interrupted"), settings);
                }
                () = sleep(pause) => pause = (pause * 2).min(Duration::from_secs(5)),
            }
        }
    })
}

impl Args {
    /// How the command ends with this status, if it does.
    fn end(&self, report: &StatusReport) -> Option<Exit> {
        let is_reached = match &self.wanted {
            Some(wanted) => report.status == *wanted,
            None => report.status.may_credit(),
        };
        if is_reached {
            return Some(Exit::Done);
        }
        report.status.is_final().then_some(Exit::Rejected)
    }
}

async fn find(
    client: &Client,
    reference: &Reference,
    limit: Duration,
    interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<InvoiceId>, Error> {
    // The time limit ends it.
    let options = FindOptions {
        limit: usize::MAX,
        ..FindOptions::default()
    };
    let mut finder = client.finder(reference, options);
    let next = async || finder.next().await;
    let found = response(Call::Info, limit, next, interrupt).await?;
    Ok(found.map(|Match { id, .. }| id))
}

fn documented(text: &str) -> Result<InvoiceStatus, String> {
    let Ok(status) = text.parse::<InvoiceStatus>();
    if InvoiceStatus::DOCUMENTED.contains(&status) {
        return Ok(status);
    }
    let names = InvoiceStatus::DOCUMENTED;
    let names: Vec<_> = names
        .iter()
        .map(|status| plain(status.as_str()).replace("invoice:", ""))
        .collect();
    Err(format!("Enter one of {}.", names.join(", ")))
}
