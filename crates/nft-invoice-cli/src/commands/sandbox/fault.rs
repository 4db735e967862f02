use serde_json::{Value, json};

use super::{steer, text_of};
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, Ask, Target};
use crate::sandbox::plan;

/// Show or replace the fault plan of a running sandbox
///
/// Without a plan it shows the rules, how many requests or callbacks each has matched, and how often it fired.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice sandbox fault
  nft-invoice sandbox fault 'create->after.reset@n=1; callback->drop@p=0.25'
  nft-invoice sandbox fault @plan.txt
  nft-invoice sandbox fault --clear")]
pub struct Args {
    /// New plan, or @FILE with one; all counts start at zero
    #[arg(value_name = "PLAN|@FILE")]
    plan: Option<String>,
    /// Remove all faults
    #[arg(long, conflicts_with = "plan")]
    clear: bool,
    #[command(flatten)]
    target: Target,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let admin = Admin::new(&args.target)?;
    let plan = match &args.plan {
        Some(plan) => Some(plan::text(plan)?),
        None => args.clear.then(String::new),
    };
    match plan {
        None => steer(&admin, &Ask::get("/faults"), settings.format, rules),
        Some(plan) => {
            let ask = Ask::put("/faults", json!({"plan": plan}));
            steer(&admin.with_token()?, &ask, settings.format, rules)
        }
    }
}

fn rules(answer: &Value) -> String {
    let rules = answer["rules"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |rule: &Value| {
        let (text, matched, fired) = (&rule["text"], &rule["matched"], &rule["fired"]);
        format!(
            "{}  (matched {}, fired {})",
            text_of(text),
            text_of(matched),
            text_of(fired)
        )
    };
    match rules {
        [] => "No fault rules.".to_owned(),
        rules => rules.iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}
