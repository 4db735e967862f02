use serde_json::json;

use super::{steer, text_of};
use crate::exit::{Exit, Failure};
use crate::options::arguments::whole_number;
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, Ask, Target};
use crate::terminal::output::plain;

/// Move an invoice of a running sandbox to another status, with its callback
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice sandbox trigger invoice:opened --invoice 1
  nft-invoice sandbox trigger invoice:paid --invoice 1 --force")]
pub struct Args {
    /// Event, such as invoice:paid, invoice:failed or invoice:expired
    #[arg(value_name = "EVENT")]
    event: String,
    /// Number of the invoice
    #[arg(long, value_name = "ID")]
    #[arg(value_parser = whole_number(1..=u64::MAX), allow_negative_numbers = true)]
    invoice: u64,
    /// Also allow transitions that the state table forbids
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    target: Target,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let admin = Admin::new(&args.target)?.with_token()?;
    let body = json!({"event": args.event, "invoice": args.invoice, "force": args.force});
    let ask = Ask::post("/trigger", body);
    steer(&admin, &ask, settings.format, |invoice| {
        let [id, status] = ["id", "status"].map(|name| text_of(&invoice[name]));
        match invoice["reference"].as_str() {
            Some(reference) => format!("invoice {id} is {status}, reference {}", plain(reference)),
            None => format!("invoice {id} is {status}"),
        }
    })
}
