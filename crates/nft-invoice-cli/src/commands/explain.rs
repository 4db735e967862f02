use std::borrow::Cow;

use nft_invoice::{Call, ErrorCode, InvoiceStatus, WarningCode, documented_codes};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_sandbox::{Outcome, SandboxCode};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::explanations;
use crate::options::settings::Settings;
use crate::options::spelling::similar;
use crate::terminal::output::{self, Format};

/// Explain a validation, warning, gateway, sandbox or exit code, a status, a state of `bulk` or a decline: its meaning and
/// what to do
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice explain checksum
  nft-invoice explain 50002
  nft-invoice explain invoice:awaiting_approval
  nft-invoice explain exit-5
  nft-invoice explain FUNDS                     # why the sandbox declined a card")]
pub struct Args {
    /// Code, such as card_data, test_card, 50008, exit-5 or 5; a status, such as invoice:paid or paid; the state of a row
    /// of `bulk`, such as parked; or a reason of the sandbox, such as FUNDS
    #[arg(value_name = "CODE")]
    code: String,
}

/// The meaning of one code in one place.
struct Meaning {
    kind: &'static str,
    /// The call that a gateway's code belongs to.
    call: Option<Call>,
    meaning: Cow<'static, str>,
    what_to_do: &'static str,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let code = args.code.trim().to_ascii_lowercase().replace('-', "_");
    let mut meanings = meanings(&code);
    meanings.extend(decline(args.code.trim()));
    if meanings.is_empty() {
        return Err(Failure::usage(unknown(&code)));
    }
    for meaning in meanings {
        match settings.format {
            Format::Json => output::json(&meaning.json(&args.code))?,
            Format::Text => {
                let on = meaning
                    .call
                    .map(|call| format!(" on `{call}`"))
                    .unwrap_or_default();
                output::line(format_args!(
                    "{} ({}{on}): {}",
                    args.code, meaning.kind, meaning.meaning
                ))?;
                output::line(format_args!("  {}", meaning.what_to_do))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn meanings(code: &str) -> Vec<Meaning> {
    let mut found = Vec::new();
    let mut add = |kind, call, meaning: Cow<'static, str>, what_to_do| {
        found.push(Meaning {
            kind,
            call,
            meaning,
            what_to_do,
        });
    };
    for error in ErrorCode::ALL {
        if error.as_str() == code {
            let (meaning, what_to_do) = explanations::error(*error);
            add("validation error", None, meaning.into(), what_to_do);
        }
    }
    for warning in WarningCode::ALL {
        if warning.as_str() == code {
            let (meaning, what_to_do) = explanations::warning(*warning);
            add("warning", None, meaning.into(), what_to_do);
        }
    }
    for call in Call::ALL {
        for row in documented_codes(call) {
            if row.code.to_string() == code {
                let meaning = row.meaning.into();
                add("gateway code", Some(call), meaning, row.what_to_do);
            }
        }
    }
    for own in SandboxCode::all() {
        if own.code.to_string() == code {
            add(
                "sandbox code",
                Some(Call::Create),
                own.meaning.into(),
                own.what_to_do,
            );
        }
    }
    for status in InvoiceStatus::DOCUMENTED {
        if code.strip_prefix("invoice:").unwrap_or(code) == status_word(&status) {
            let (meaning, what_to_do) = explanations::status(&status);
            add("invoice status", None, meaning.into(), what_to_do);
        }
    }
    for state in State::ALL {
        if state.as_str() == code {
            let (meaning, what_to_do) = explanations::state(state);
            add("state of a row of `bulk`", None, meaning.into(), what_to_do);
        }
    }
    for exit in Exit::ALL {
        let number = (exit as u8).to_string();
        if code.strip_prefix("exit_").unwrap_or(code) == number {
            add("exit code", None, exit.meaning().into(), exit.what_to_do());
        }
    }
    found
}

/// Why the sandbox declined a card, by its upper-case name, such as `FUNDS`.
fn decline(code: &str) -> Option<Meaning> {
    let Ok(Outcome::Decline(reason)) = code.parse() else {
        return None;
    };
    Some(Meaning {
        kind: "sandbox reason",
        call: None,
        meaning: format!("the payment failed: {reason}").into(),
        what_to_do: "Pay with 4242424242424242 for a paid sale. The dashboard's page Test cards lists the outcome of each card.",
    })
}

/// The status without its prefix, such as `paid`.
fn status_word(status: &InvoiceStatus) -> &str {
    status.as_str().trim_start_matches("invoice:")
}

impl Meaning {
    fn json(&self, code: &str) -> Value {
        json!({
            "code": code,
            "kind": self.kind,
            "call": self.call.map(Call::as_str),
            "meaning": self.meaning,
            "what_to_do": self.what_to_do,
        })
    }
}

fn unknown(code: &str) -> String {
    let mut known: Vec<String> = Vec::new();
    known.extend(ErrorCode::ALL.iter().map(ToString::to_string));
    known.extend(WarningCode::ALL.iter().map(ToString::to_string));
    known.extend(Exit::ALL.map(|exit| format!("exit-{}", exit as u8)));
    for call in Call::ALL {
        known.extend(
            documented_codes(call)
                .iter()
                .map(|row| row.code.to_string()),
        );
    }
    known.extend(SandboxCode::all().map(|own| own.code.to_string()));
    known.extend(
        InvoiceStatus::DOCUMENTED
            .iter()
            .map(|status| status_word(status).to_owned()),
    );
    known.extend(State::ALL.map(|state| state.to_string()));
    known.sort();
    known.dedup();
    let names: Vec<_> = known.iter().map(String::as_str).collect();
    let near = similar(code, &names);
    if near.is_empty() {
        format!("unknown code. Known codes: {}", known.join(", "))
    } else {
        format!("unknown code. Did you mean {}?", near.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_every_code() {
        let errors = ErrorCode::ALL.iter().map(|code| explanations::error(*code));
        let warnings = WarningCode::ALL
            .iter()
            .map(|code| explanations::warning(*code));
        let statuses = InvoiceStatus::DOCUMENTED;
        let statuses = statuses.iter().map(explanations::status);
        for (meaning, what_to_do) in errors.chain(warnings).chain(statuses) {
            assert_ne!(meaning, explanations::UNEXPLAINED.0);
            assert!(what_to_do.ends_with('.'), "{what_to_do}");
        }
    }
}
