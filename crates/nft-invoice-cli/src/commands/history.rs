use std::pin::pin;

use nft_invoice::{
    Call, Date, HistoryEntry, HistoryFilter, HistoryPage, HistoryQuery, HistoryStatus, Received,
    SortOrder,
};
use serde_json::json;

use super::{block_on, no_signals, read_failed, response};
use crate::exit::{Exit, Failure};
use crate::options::arguments::{check_period, whole_number};
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, note, plain};

/// List invoices: the first page, or all of them
///
/// The gateway does not publish the path of this call: ask the gateway, and give --history-path or set
/// NFT_INVOICE_HISTORY_PATH.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice history --status PAID --from 2025-01-01 --all --format json")]
pub struct Args {
    /// Status: PAID, UNPAID, WAITING, EXPIRED or ALL
    #[arg(long, default_value_t = HistoryFilter::All)]
    status: HistoryFilter,
    /// First day; its time zone is not documented, so choose a day earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Last day; its time zone is not documented, so choose a day later
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Order: ASC (oldest first) or DESC
    #[arg(long, default_value_t = SortOrder::Asc)]
    order: SortOrder,
    /// Page to begin with
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = whole_number(1..=u32::MAX), allow_negative_numbers = true)]
    page: u32,
    /// List every page
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
    let mut pages = client.history(HistoryQuery {
        status: args.status,
        from: args.from,
        to: args.to,
        order: args.order,
        page: args.page,
    });
    let limit = gateway.time_limit();
    block_on(async {
        let mut interrupt = pin!(interrupted().map_err(no_signals)?);
        let mut listed = 0;
        loop {
            let next = async || {
                let page = pages.next().await.transpose();
                // A walk ends with an error; another one asks for the same page again.
                if let (Err(_), Some(query)) = (&page, pages.next_query()) {
                    pages = client.history(query);
                }
                page
            };
            let page = match response(Call::History, limit, next, interrupt.as_mut()).await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Exit::Done),
                Err(error) => {
                    let exit = read_failed(&error, settings)?;
                    if let (true, Some(next)) = (listed > 0, pages.next_query()) {
                        note(format_args!(
                            "The list ends after {listed} invoices. To continue, run the command again with --page {}.",
                            next.page
                        ));
                    }
                    return Ok(exit);
                }
            };
            if listed == 0 && settings.format == Format::Text {
                heading(&page)?;
            }
            listed += page.entries.len() as u64;
            for entry in &page.entries {
                match settings.format {
                    Format::Json => json(entry)?,
                    Format::Text => text(entry)?,
                }
            }
            if !args.all {
                if let Some(total) = page
                    .total
                    .and_then(Received::into_value)
                    .filter(|total| args.page == 1 && *total > listed)
                {
                    note(format_args!(
                        "These are {listed} of {total} invoices. --all lists all of them."
                    ));
                }
                return Ok(Exit::Done);
            }
        }
    })
}

/// What to do without the path of the history.
pub fn no_path() -> Failure {
    Failure::usage(
        "no path of the history: give --history-path PATH or set NFT_INVOICE_HISTORY_PATH. The gateway does not \
         publish it, so ask the gateway",
    )
}

fn json(entry: &HistoryEntry) -> std::io::Result<()> {
    // Without the three return URLs: they can contain tokens of the merchant.
    output::json(&json!({
        "id": entry.id,
        "status": entry.status.as_ref().map(HistoryStatus::as_str),
        "amount": entry.amount,
        "currency": entry.currency,
        "email": entry.email,
        "create_date": entry.create_date,
        "status_date": entry.status_date,
        "tx_hash": entry.tx_hash,
        "exchange_currency": entry.exchange_currency,
        "paid_amount": entry.paid_amount,
        "merchant_amount": entry.merchant_amount,
        "fee_amount": entry.fee_amount,
        "ip": entry.ip,
        "country": entry.country,
    }))
}

fn heading(page: &HistoryPage) -> std::io::Result<()> {
    if page.entries.is_empty() {
        return output::line("no invoices");
    }
    row("ID", "CREATED", "STATUS", "AMOUNT", "E-MAIL")
}

fn text(entry: &HistoryEntry) -> std::io::Result<()> {
    let currency = entry.currency.as_deref().unwrap_or_default();
    let amount = entry
        .amount
        .as_ref()
        .map(|amount| format!("{amount} {currency}"));
    row(
        &entry
            .id
            .as_ref()
            .map_or_else(|| "-".to_owned(), ToString::to_string),
        entry.create_date.as_deref().unwrap_or("-"),
        entry.status.as_ref().map_or("-", HistoryStatus::as_str),
        amount.as_deref().unwrap_or("-"),
        entry.email.as_deref().unwrap_or("-"),
    )
}

fn row(id: &str, created: &str, status: &str, amount: &str, email: &str) -> std::io::Result<()> {
    let line = format!("{id:<10} {created:<20} {status:<8} {amount:>16}  {email}");
    output::line(plain(&line))
}
