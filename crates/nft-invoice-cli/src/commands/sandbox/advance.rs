use serde_json::json;

use super::{steer, text_of};
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, Ask, Target};

/// Move the clock of a running sandbox forward and show the events on the way
///
/// Invoices expire, cards settle and callbacks are retried in order. It takes as long as the callbacks that fall due, and
/// has no time limit unless --timeout is given. At most 10,000 events are shown.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice sandbox advance 14d")]
pub struct Args {
    /// Duration: 250ms, 2s, 10m, 1h, 3d
    #[arg(value_name = "DURATION", allow_negative_numbers = true)]
    by: String,
    #[command(flatten)]
    target: Target,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let admin = Admin::new(&args.target)?.with_token()?;
    let admin = admin.patient(&args.target);
    let ask = Ask::post("/clock/advance", json!({"by": args.by}));
    steer(&admin, &ask, settings.format, |answer| {
        let happened = answer["happened"].as_array().into_iter().flatten();
        let mut lines: Vec<_> = happened.map(|event| text_of(&event["text"])).collect();
        if let Some(omitted) = answer["omitted"].as_u64().filter(|count| *count > 0) {
            lines.push(format!("And {omitted} more."));
        }
        let now = text_of(&answer["now"]);
        let (day, time) = now.split_once('T').unwrap_or((&now, ""));
        // Fractions of a second are for programs.
        lines.push(format!("It is {day} {time:.8} (UTC) in the sandbox."));
        lines.join("\n")
    })
}
