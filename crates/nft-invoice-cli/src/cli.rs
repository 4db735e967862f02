use clap::{Parser, Subcommand, ValueEnum};
use nft_invoice::{Date, Mode, Rules};

use crate::commands::{
    completions, create, explain, history, info, man, sandbox, status, validate,
};
use crate::settings::Settings;

/// Check, create and look up NFT invoices, and run a local gateway to try it all out.
#[derive(Parser)]
#[command(name = "nft-invoice", version, after_help = HELP)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Validate(validate::Args),
    Create(create::Args),
    Status(status::Args),
    Info(info::Args),
    History(history::Args),
    Sandbox(Box<sandbox::Args>),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

const HELP: &str = "\
Environment:
  NFT_INVOICE_API_KEY       the API key, unless --api-key-file is given
  NFT_INVOICE_BASE_URL      the gateway, unless --base-url is given
  NFT_INVOICE_HISTORY_PATH  the path of `history`, unless --history-path is given
  NFT_INVOICE_SANDBOX_URL, NFT_INVOICE_SANDBOX_TOKEN
                            the running sandbox that `sandbox trigger` and the like steer
  BROWSER                   what `create --sandbox --open` opens the page with
  NO_COLOR                  no colours, even on a terminal

Exit codes (`nft-invoice explain exit-5` says what to do):
  0  done: valid, accepted, found
  1  the input has problems; nothing was sent
  2  usage, configuration or file error; nothing was sent
  3  the gateway answered no
  4  certainly not sent, or a read without a usable answer: safe to repeat
  5  unknown: it may have been created; look it up, do not repeat

Example, without an account and without a key:
  nft-invoice create --sandbox order.json";

/// Which rules an invoice is checked by.
#[derive(clap::Args)]
pub struct RuleArgs {
    /// Who collects the card; `auto` tells it by the card members
    #[arg(long, value_enum, default_value_t = ModeArg::Auto)]
    mode: ModeArg,
    /// The day that cards and dates are checked against [default: today in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ModeArg {
    Auto,
    Hosted,
    S2s,
}

impl RuleArgs {
    /// The mode that was asked for; `None` is `auto`.
    pub fn mode(&self) -> Option<Mode> {
        match self.mode {
            ModeArg::Auto => None,
            ModeArg::Hosted => Some(Mode::Hosted),
            ModeArg::S2s => Some(Mode::S2s),
        }
    }

    /// The day that was asked for.
    pub fn day(&self) -> Option<Date> {
        self.today
    }

    pub fn rules(&self) -> Rules {
        Rules {
            mode: self.mode(),
            ..Rules::new(self.today.unwrap_or_else(today))
        }
    }
}

fn today() -> Date {
    let day = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    u16::try_from(day.year())
        .ok()
        .and_then(|year| Date::new(year, day.month().unsigned_abs(), day.day().unsigned_abs()))
        .expect("the system's clock is between the years 0 and 9999")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
