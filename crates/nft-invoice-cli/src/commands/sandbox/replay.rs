use std::str::FromStr;

use serde_json::json;

use super::steer;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, Ask, Target};

/// Send callbacks of a running sandbox again, byte for byte the same
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice sandbox replay 7
  nft-invoice sandbox replay 1..9
  nft-invoice sandbox replay --failed-since 2025-01-01T00:00:00Z")]
pub struct Args {
    /// Number of the callback, or first and last, such as 1..9
    #[arg(
        value_name = "ID|FROM..TO",
        allow_negative_numbers = true,
        required_unless_present = "failed_since"
    )]
    which: Option<Which>,
    /// All that failed since then, by the sandbox's clock
    #[arg(long, value_name = "INSTANT", conflicts_with = "which")]
    failed_since: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy)]
enum Which {
    One(u64),
    /// Both ends are included.
    Range(u64, u64),
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let admin = Admin::new(&args.target)?.with_token()?;
    let ask = match args.which {
        Some(Which::One(id)) => Ask::post(format!("/deliveries/{id}/replay"), json!({})),
        Some(Which::Range(from, to)) => {
            Ask::post("/deliveries/replay", json!({"from": from, "to": to}))
        }
        None => Ask::post(
            "/deliveries/replay",
            json!({"failed_since": args.failed_since}),
        ),
    };
    steer(
        &admin,
        &ask,
        settings.format,
        |answer| match answer["replayed"].as_u64() {
            Some(1) => "1 callback is sent again.".to_owned(),
            count => format!("{} callbacks are sent again.", count.unwrap_or_default()),
        },
    )
}

impl FromStr for Which {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| {
            text.parse().map_err(
                |_| "Enter the number of a callback, or the first and the last, for example 1..9.",
            )
        };
        match text.split_once("..") {
            None => number(text).map(Self::One),
            Some((from, to)) => match (number(from)?, number(to)?) {
                (from, to) if from <= to => Ok(Self::Range(from, to)),
                _ => Err("Enter the smaller number first, for example 1..9."),
            },
        }
    }
}
