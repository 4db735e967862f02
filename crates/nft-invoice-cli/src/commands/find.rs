use std::pin::pin;

use nft_invoice::{Amount, Call, Date, FindOptions, Match, Received, Reference, Searched};
use serde_json::json;

use super::history::no_path;
use super::{block_on, info, no_signals, read_failed, response};
use crate::exit::{Exit, Failure};
use crate::options::arguments::{check_period, whole_number};
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, note};

/// Find the invoice with a reference, when the response to its creation was lost
///
/// Walks the history, newest first, and reads the infos of each invoice that can be the one, up to the first match.
/// --amount, --email, --from and --to save most of these reads. The result is the object of `info`.
///
/// Finding nothing is weak evidence: a history can lag behind, and a lost create can still arrive.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice find order-7f3a
  nft-invoice find order-7f3a --amount 15.04 --email customer@shop.example --from 2026-01-30")]
pub struct Args {
    /// Reference that `create` printed, or that you put into callbackJson
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    /// First day; its time zone is not documented, so choose a day earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Last day; its time zone is not documented, so choose a day later
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Read only invoices with this amount
    #[arg(long)]
    amount: Option<Amount>,
    /// Read only invoices with this e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Maximum number of infos to read
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = whole_number(1..=u32::MAX as usize), allow_negative_numbers = true)]
    limit: usize,
    /// Page of the history to begin with
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = whole_number(1..=u32::MAX), allow_negative_numbers = true)]
    page: u32,
    /// Find every invoice with the reference, not only the first
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    check_period(args.from, args.to)?;
    let gateway = args.gateway.settings()?;
    let client = gateway.client()?;
    if gateway.history_path().is_none() {
        return Err(no_path());
    }
    let mut finder = client.finder(
        &args.reference,
        FindOptions {
            from: args.from,
            to: args.to,
            amount: args.amount,
            email: args.email.clone(),
            page: args.page,
            limit: args.limit,
            ..FindOptions::default()
        },
    );
    let limit = gateway.time_limit();
    block_on(async {
        let mut interrupt = pin!(interrupted().map_err(no_signals)?);
        let mut found = 0_usize;
        loop {
            let next = async || finder.next().await;
            match response(Call::Info, limit, next, interrupt.as_mut()).await {
                Ok(Some(Match { id, info, .. })) => {
                    found += 1;
                    info::print(&info, Some(&Received::Value(id)), settings.format)?;
                    if !args.all {
                        return Ok(Exit::Done);
                    }
                }
                Ok(None) => return end(&finder.searched(), found, settings.format),
                Err(error) => {
                    let exit = read_failed(&error, settings)?;
                    go_on(&finder.searched());
                    return Ok(exit);
                }
            }
        }
    })
}

fn end(searched: &Searched, found: usize, format: Format) -> Result<Exit, Failure> {
    let summary = format!(
        "Invoices searched: {} (pages: {}). Infos read: {}.",
        searched.invoices, searched.pages, searched.infos
    );
    let is_complete = searched.continue_at.is_none();
    if found == 0 && format == Format::Json {
        output::json(&json!({
            "outcome": "not_found",
            "complete": is_complete,
            "pages": searched.pages,
            "invoices": searched.invoices,
            "infos": searched.infos,
            "continue_at_page": searched.continue_at,
        }))?;
    }
    note(&summary);
    if !is_complete {
        note("The limit was reached before the end of the history.");
        go_on(searched);
        return Ok(Exit::NotSent);
    }
    if found > 0 {
        return Ok(Exit::Done);
    }
    note(
        "No invoice with this reference was found. This is no proof that there is none: the history can lag behind. \
         Search again later, and do not create the invoice again because of it.",
    );
    Ok(Exit::Rejected)
}

fn go_on(searched: &Searched) {
    if let Some(page) = searched.continue_at {
        note(format_args!(
            "To continue, run the command again with --page {page}."
        ));
    }
}
