mod listen;
mod verify;

use std::path::Path;

use nft_invoice::{Callback, Verifier};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::options::settings::{Settings, secret_in};

/// Receive callbacks, or check one that the gateway has sent
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice callback listen --secret-file secret.txt
  nft-invoice callback verify --secret-file secret.txt --signature \"$X_SIGNATURE\" body.json")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Verify(verify::Args),
    Listen(listen::Args),
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        Command::Verify(args) => verify::run(args, settings),
        Command::Listen(args) => listen::run(args, settings),
    }
}

fn verifier(secret_file: &Path) -> Result<Verifier, Failure> {
    let secret = secret_in(secret_file, "--secret-file")?;
    Verifier::hmac_sha256(secret)
        .map_err(|error| Failure::usage(format!("cannot use --secret-file: {error}")))
}

/// What `callback` says. `valid` is null if its signature was not checked.
fn object(callback: &Callback, valid: Option<bool>) -> Value {
    json!({
        "valid": valid,
        "id": callback.id,
        "status": callback.status.as_str(),
        "may_credit": callback.status.may_credit(),
        "amount": callback.amount,
        "currency": callback.currency,
        "reference": callback.reference(),
    })
}
