use std::time::SystemTime;

use clap::ValueEnum;
use nft_invoice::{Date, Mode, Rules};

/// The options of validation.
#[derive(clap::Args)]
pub struct RuleArgs {
    /// Who collects the card; auto: S2S if a card field is filled in, otherwise hosted
    #[arg(long, value_enum, default_value_t = ModeArg::Auto)]
    mode: ModeArg,
    /// Day against which cards and dates are validated [default: today in UTC]
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
    /// The mode that was chosen; `None` is `auto`.
    pub fn mode(&self) -> Option<Mode> {
        match self.mode {
            ModeArg::Auto => None,
            ModeArg::Hosted => Some(Mode::Hosted),
            ModeArg::S2s => Some(Mode::S2s),
        }
    }

    /// The day that was chosen.
    pub fn day(&self) -> Option<Date> {
        self.today
    }

    pub fn rules(&self) -> Rules {
        let rules = self
            .today
            .map_or_else(|| Rules::at(SystemTime::now()), Rules::on);
        match self.mode() {
            Some(mode) => rules.mode(mode),
            None => rules,
        }
    }
}
