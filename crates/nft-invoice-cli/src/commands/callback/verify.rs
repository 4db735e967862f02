use std::path::PathBuf;

use nft_invoice::{Callback, CallbackError};
use serde_json::json;

use super::{object, verifier};
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, input_name, note, plain};
use nft_invoice_bulk::input::InputFile;

/// Check the signature of a callback, and show what it says
///
/// The signature is taken to be HMAC-SHA256 over the body, in hex or base64: how the gateway signs is not public.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 the signature is right, 1 it is wrong or the body is not a callback.

Example:
  nft-invoice callback verify --secret-file secret.txt --signature \"$X_SIGNATURE\" body.json")]
pub struct Args {
    /// File with the secret; its line end is dropped
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Value of the header X-Signature
    #[arg(long, value_name = "SIGNATURE", allow_hyphen_values = true)]
    signature: String,
    /// File with the body, byte for byte as it was received; `-` for standard input
    #[arg(value_name = "FILE")]
    body: PathBuf,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let verifier = verifier(&args.secret_file)?;
    let failed = |error| Failure::usage(format!("cannot read {}: {error}", input_name(&args.body)));
    let mut input = InputFile::open(&args.body).map_err(failed)?;
    let body = input.whole().map_err(failed)?;
    match verifier.read(args.signature.trim(), body) {
        Ok(callback) => {
            print(&callback, settings.format)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            let text = plain(&error.to_string()).into_owned();
            if settings.format == Format::Json {
                output::json(&json!({"valid": false, "error": text}))?;
            }
            note(format_args!("error: {text}"));
            if matches!(error, CallbackError::Signature(_)) {
                note(
                    "Compare the secret, and make sure that the body is as it was received: not parsed and written \
                     again, and without an additional line end.",
                );
            }
            Ok(Exit::Invalid)
        }
    }
}

fn print(callback: &Callback, format: Format) -> std::io::Result<()> {
    if format == Format::Json {
        return output::json(&object(callback, Some(true)));
    }
    let reference = callback.reference().map(|reference| reference.to_string());
    output::line("The signature is right.")?;
    let text = |value: &dyn std::fmt::Display| Some(value.to_string());
    for (name, value) in [
        ("id", callback.id.as_ref().and_then(|id| text(id))),
        ("status", text(&callback.status)),
        (
            "amount",
            callback.amount.as_ref().and_then(|amount| text(amount)),
        ),
        ("currency", callback.currency.clone()),
        ("reference", reference),
    ] {
        if let Some(value) = value {
            output::line(format_args!("{name:<10} {}", plain(&value)))?;
        }
    }
    note(
        "A callback can be old: before goods leave, read the infos of the invoice (`nft-invoice info ID`).",
    );
    Ok(())
}
