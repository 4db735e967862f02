use nft_invoice::{Call, Decimal, Info, InvoiceId, Reference};
use serde_json::json;

use super::{ask, read_failed};
use crate::exit::{Exit, Failure};
use crate::output::{self, Format, plain};
use crate::settings::Settings;

/// Ask for all that the gateway knows of an invoice, your own callbackJson with it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice info 1689 --format json")]
pub struct Args {
    /// The id that a callback or the history gave
    #[arg(value_name = "ID")]
    id: InvoiceId,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let client = settings.client()?;
    match ask(Call::Info, client.info(&args.id))? {
        Ok(info) => {
            match settings.format {
                Format::Json => json(&info)?,
                Format::Text => text(&info)?,
            }
            Ok(Exit::Done)
        }
        Err(error) => read_failed(&error, settings.format),
    }
}

fn json(info: &Info) -> std::io::Result<()> {
    output::json(&json!({
        "id": info.id.as_ref().map(InvoiceId::as_str),
        "invoice_id": info.invoice_id.as_ref().map(InvoiceId::as_str),
        "merchant_id": info.merchant_id,
        "status": info.status.as_str(),
        "label": info.status.label(),
        "may_credit": info.status.may_credit(),
        "amount": info.amount.as_ref().map(Decimal::as_str),
        "currency": info.currency,
        "fiat_amount": info.fiat_amount.as_ref().map(Decimal::as_str),
        "fiat_currency": info.fiat_currency,
        "total_amount": info.total_amount.as_ref().map(Decimal::as_str),
        "total_currency": info.total_currency,
        "datetime": info.datetime,
        "description": info.description,
        "reference": reference(info).as_ref().map(Reference::as_str),
        "callback_data": info.callback_data(),
    }))
}

fn text(info: &Info) -> std::io::Result<()> {
    let amount = |amount: &Option<Decimal>, currency: &Option<String>| {
        let currency = currency.as_deref().unwrap_or_default();
        amount.as_ref().map(|amount| format!("{amount} {currency}"))
    };
    let id = |id: &Option<InvoiceId>| id.as_ref().map(ToString::to_string);
    let status = format!("{} ({})", info.status.label(), info.status);
    for (name, value) in [
        ("id", id(&info.id)),
        ("invoice id", id(&info.invoice_id)),
        ("merchant id", info.merchant_id.clone()),
        ("status", Some(status)),
        ("amount", amount(&info.amount, &info.currency)),
        ("paid in", amount(&info.fiat_amount, &info.fiat_currency)),
        (
            "settled in",
            amount(&info.total_amount, &info.total_currency),
        ),
        ("time", info.datetime.clone()),
        ("description", info.description.clone()),
        ("reference", reference(info).map(|found| found.to_string())),
        ("your data", info.callback_data().map(str::to_owned)),
    ] {
        if let Some(value) = value {
            output::line(format_args!("{name:<12} {}", plain(&value)))?;
        }
    }
    Ok(())
}

fn reference(info: &Info) -> Option<Reference> {
    Reference::find(info.callback_data()?)
}
