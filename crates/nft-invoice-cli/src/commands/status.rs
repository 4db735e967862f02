use nft_invoice::{Call, InvoiceId, StatusReport};
use serde_json::json;

use super::{call, read_failed};
use crate::exit::{Exit, Failure};
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, plain};

/// Show the status of an invoice
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice status 1689")]
pub struct Args {
    /// Id of the invoice, from a callback or the history
    #[arg(value_name = "ID")]
    id: InvoiceId,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let gateway = args.gateway.settings()?;
    let client = gateway.client()?;
    let read = async || client.status(&args.id).await;
    match call(Call::Status, gateway.time_limit(), read)? {
        Ok(report) => {
            print(&report, &args.id, settings.format)?;
            Ok(Exit::Done)
        }
        Err(error) => read_failed(&error, settings),
    }
}

/// Prints the status of the invoice that was asked for.
pub fn print(report: &StatusReport, asked: &InvoiceId, format: Format) -> std::io::Result<()> {
    match format {
        Format::Json => output::json(&json!({
            "id": report.id,
            "status": report.status.as_str(),
            "label": report.status.label(),
            "may_credit": report.status.may_credit(),
            "amount": report.amount,
            "currency": report.currency,
        })),
        Format::Text => text(report, asked),
    }
}

fn text(report: &StatusReport, asked: &InvoiceId) -> std::io::Result<()> {
    let id = report
        .id
        .as_ref()
        .map_or_else(|| asked.to_string(), ToString::to_string);
    output::line(format_args!("invoice  {id}"))?;
    output::line(format_args!(
        "status   {} ({})",
        plain(report.status.label()),
        report.status
    ))?;
    if let Some(amount) = &report.amount {
        let currency = report.currency.as_deref().unwrap_or_default();
        output::line(format_args!("amount   {amount} {}", plain(currency)))?;
    }
    Ok(())
}
