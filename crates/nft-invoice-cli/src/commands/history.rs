use std::pin::pin;

use nft_invoice::{
    Call, Date, Decimal, HistoryEntry, HistoryFilter, HistoryPage, HistoryQuery, HistoryStatus,
    InvoiceId, Order,
};
use serde_json::json;

use super::{answer, block_on, no_signals, read_failed};
use crate::exit::{Exit, Failure};
use crate::interrupt::interrupted;
use crate::output::{self, Format, note, plain};
use crate::settings::Settings;

/// List invoices: the first page, or all of them
///
/// The gateway does not publish the path of this call: ask the gateway, and give --history-path or set
/// NFT_INVOICE_HISTORY_PATH.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice history --status PAID --from 2025-01-01 --all --format json")]
pub struct Args {
    /// PAID, UNPAID, WAITING, EXPIRED or ALL
    #[arg(long, default_value_t = HistoryFilter::All)]
    status: HistoryFilter,
    /// The first day; its time zone is not documented, so ask for a day more
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// The last day; its time zone is not documented, so ask for a day more
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// ASC, oldest first, or DESC
    #[arg(long, default_value_t = Order::Asc)]
    order: Order,
    /// Walk every page
    #[arg(long)]
    all: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let client = settings.client()?;
    if settings.history_path().is_none() {
        return Err(Failure::usage(
            "the gateway does not publish the path of its history: ask the gateway, then give \
             --history-path PATH or set NFT_INVOICE_HISTORY_PATH",
        ));
    }
    let mut pages = client.history(HistoryQuery {
        status: args.status,
        from: args.from,
        to: args.to,
        order: args.order,
        page: 1,
    });
    block_on(async {
        let mut interrupt = pin!(interrupted().map_err(no_signals)?);
        let mut listed = 0;
        loop {
            let next = async { pages.next().await.transpose() };
            let page = match answer(Call::History, next, interrupt.as_mut()).await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Exit::Done),
                Err(error) => {
                    if listed > 0 {
                        note(format_args!(
                            "The list is incomplete: it ends after {listed} invoices."
                        ));
                    }
                    return read_failed(&error, settings.format);
                }
            };
            if listed == 0 && settings.format == Format::Text {
                heading(&page)?;
            }
            listed += page.list.len() as u64;
            for entry in &page.list {
                match settings.format {
                    Format::Json => json(entry)?,
                    Format::Text => text(entry)?,
                }
            }
            if !args.all {
                if let Some(total) = page.total.filter(|total| *total > listed) {
                    note(format_args!(
                        "These are {listed} of {total}; --all lists every one."
                    ));
                }
                return Ok(Exit::Done);
            }
        }
    })
}

fn json(entry: &HistoryEntry) -> std::io::Result<()> {
    let number = |number: &Option<Decimal>| number.as_ref().map(ToString::to_string);
    // Without the three return URLs: they may carry tokens of the merchant's.
    output::json(&json!({
        "id": entry.id.as_ref().map(InvoiceId::as_str),
        "status": entry.status.as_ref().map(HistoryStatus::as_str),
        "amount": number(&entry.amount),
        "currency": entry.currency,
        "email": entry.email,
        "create_date": entry.create_date,
        "status_date": entry.status_date,
        "tx_hash": entry.tx_hash,
        "exchange_currency": entry.exchange_currency,
        "paid_amount": number(&entry.paid_amount),
        "merchant_amount": number(&entry.merchant_amount),
        "fee_amount": number(&entry.fee_amount),
        "ip": entry.ip,
        "country": entry.country,
    }))
}

fn heading(page: &HistoryPage) -> std::io::Result<()> {
    if page.list.is_empty() {
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
        entry.id.as_ref().map_or("-", InvoiceId::as_str),
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
