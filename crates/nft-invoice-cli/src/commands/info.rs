use nft_invoice::{Call, Decimal, Info, InvoiceId, Received};
use serde_json::{Value, json};

use super::{call, read_failed};
use crate::exit::{Exit, Failure};
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, plain};

/// Show everything that the gateway knows of an invoice, with your own callbackJson
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice info 1689 --format json")]
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
    let read = async || client.info(&args.id).await;
    match call(Call::Info, gateway.time_limit(), read)? {
        Ok(info) => {
            print(&info, info.id.as_ref(), settings.format)?;
            Ok(Exit::Done)
        }
        Err(error) => read_failed(&error, settings),
    }
}

/// Prints `info` of the invoice `id`.
pub fn print(info: &Info, id: Option<&Received<InvoiceId>>, format: Format) -> std::io::Result<()> {
    match format {
        Format::Json => output::json(&object(info, id)),
        Format::Text => text(info, id),
    }
}

fn object(info: &Info, id: Option<&Received<InvoiceId>>) -> Value {
    json!({
        "id": id,
        "invoice_id": info.invoice_id,
        "merchant_id": info.merchant_id,
        "status": info.status.as_str(),
        "label": info.status.label(),
        "may_credit": info.status.may_credit(),
        "amount": info.amount,
        "currency": info.currency,
        "fiat_amount": info.fiat_amount,
        "fiat_currency": info.fiat_currency,
        "total_amount": info.total_amount,
        "total_currency": info.total_currency,
        "datetime": info.datetime,
        "description": info.description,
        "reference": info.reference(),
        "callback_data": info.callback_data(),
    })
}

fn text(info: &Info, id: Option<&Received<InvoiceId>>) -> std::io::Result<()> {
    let amount = |amount: &Option<Received<Decimal>>, currency: &Option<String>| {
        let currency = currency.as_deref().unwrap_or_default();
        amount.as_ref().map(|amount| format!("{amount} {currency}"))
    };
    let status = format!("{} ({})", info.status.label(), info.status);
    for (name, value) in [
        ("id", id.map(ToString::to_string)),
        (
            "invoice id",
            info.invoice_id.as_ref().map(ToString::to_string),
        ),
        ("merchant id", info.merchant_id.clone()),
        ("status", Some(status)),
        ("amount", amount(&info.amount, &info.currency)),
        (
            "fiat amount",
            amount(&info.fiat_amount, &info.fiat_currency),
        ),
        (
            "settlement",
            amount(&info.total_amount, &info.total_currency),
        ),
        ("time", info.datetime.clone()),
        ("description", info.description.clone()),
        (
            "reference",
            info.reference().map(|reference| reference.to_string()),
        ),
        ("your data", info.callback_data().map(str::to_owned)),
    ] {
        if let Some(value) = value {
            output::line(format_args!("{name:<12} {}", plain(&value)))?;
        }
    }
    Ok(())
}
