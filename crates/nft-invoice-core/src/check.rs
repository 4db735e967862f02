use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::advice::{AdviceCode, Remark};
use crate::amount::Amount;
use crate::card_scan::{Suspects, suspect};
use crate::date::Date;
use crate::draft::{Draft, Entry, Value};
use crate::field::Field;
use crate::invoice::{Checked, Invoice};
use crate::json::Kind;
use crate::mode::Mode;
use crate::problem::Problems;
use crate::reading::Reading;
use crate::report::{Report, Spot, card_data, duplicate};
use crate::text::required;

/// What the rules need to know that no invoice says.
///
/// ```
/// use nft_invoice_core::{Mode, Rules};
///
/// let mut rules = Rules::new("2026-01-31".parse().unwrap());
/// rules.mode = Some(Mode::Hosted);
/// rules.max = Some("5000".parse().unwrap());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Who collects the card; `None` asks the draft, see [`Draft::mode`].
    pub mode: Option<Mode>,
    /// The day, on which a card's expiry and a birthday depend. This crate has no clock.
    pub today: Date,
    /// The least amount of the merchant's account, if known (the gateway's code 50012).
    pub min: Option<Amount>,
    /// The greatest amount of the merchant's account, if known (the gateway's code 50011).
    pub max: Option<Amount>,
}

impl Rules {
    /// The rules of that day: any mode, no limits of an account.
    #[must_use]
    pub const fn new(today: Date) -> Self {
        Self {
            mode: None,
            today,
            min: None,
            max: None,
        }
    }
}

/// Applies every rule to `draft`.
pub(crate) fn check(draft: &Draft<'_>, rules: &Rules) -> Checked {
    let mode = rules.mode.unwrap_or_else(|| draft.mode());
    let mut report = Report::default();
    let parts = Reading::new(draft, mode, rules, &mut report).parts();
    judge_members(draft, &mut report);
    let (problems, advice) = report.finish();
    let invoice = match (parts, problems) {
        (Some(parts), None) => Ok(Invoice::new(parts, unknown_members(draft))),
        (_, Some(problems)) => Err(problems),
        // A part is missing only where a problem says why.
        (None, None) => Err(Problems::whole(required())),
    };
    Checked {
        mode,
        invoice,
        advice,
    }
}

/// What concerns the members as a whole: unknown and repeated ones, and card numbers in the wrong place.
fn judge_members(draft: &Draft<'_>, report: &mut Report) {
    let numbers = own_numbers(draft);
    let own: Vec<&str> = numbers.iter().map(|number| number.as_str()).collect();
    let suspects = |any| Suspects { own: &own, any };
    let mut first_rank = BTreeMap::new();
    let mut strays = Vec::new();
    for (at, entry) in draft.entries().iter().enumerate() {
        let field = Field::of(&entry.name);
        let rank = *first_rank.entry(&entry.name).or_insert(at);
        let spot = match field {
            Some(field) => field.into(),
            None => Spot {
                rank: Field::all().count() + rank,
                path: path_of_unknown(&entry.name, suspects(true)),
            },
        };
        if field.is_none() {
            report.remark(spot.clone(), UNKNOWN);
            if let Err(fault) = entry.value.decodes() {
                report.problem(spot.clone(), fault, None);
            }
        }
        if rank != at {
            report.problem(spot.clone(), duplicate(), None);
        }
        if holds_card_number(field, entry, suspects(field.is_none())) {
            strays.push(spot);
        }
    }
    // Last, wherever the members stand: a path has one problem, and this is the least of them.
    for spot in strays {
        report.problem(spot, card_data(), None);
    }
}

/// The members that the gateway does not document, as JSON. Copied only once it is known that no card is in them.
fn unknown_members(draft: &Draft<'_>) -> Vec<(String, String)> {
    let unknown = draft
        .entries()
        .iter()
        .filter(|entry| Field::of(&entry.name).is_none());
    unknown
        .map(|entry| (entry.name.to_string(), entry.value.to_json()))
        .collect()
}

fn holds_card_number(field: Option<Field>, entry: &Entry<'_>, suspects: Suspects<'_>) -> bool {
    if field.is_some_and(Field::is_card) {
        return false;
    }
    let in_value = match &entry.value {
        Value::Json(raw) => suspects.in_json(raw),
        Value::Text(text) => suspects.in_text(text),
    };
    in_value || (field.is_none() && suspects.in_text(&entry.name))
}

/// The path of a member that is not the gateway's. A name that holds a card number is not repeated.
fn path_of_unknown(name: &str, suspects: Suspects<'_>) -> String {
    if suspects.in_text(name) {
        return "/?".to_owned();
    }
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What was written as the card's number, right or wrong, wherever it can be meant as one.
fn own_numbers(draft: &Draft<'_>) -> Vec<Zeroizing<String>> {
    let written = draft
        .entries()
        .iter()
        .filter(|entry| entry.name == Field::CardNumber.name());
    let number = |value: &Value<'_>| match value {
        Value::Json(raw) if value.kind() == Kind::Number => suspect(raw),
        _ => value.text().ok().and_then(|text| suspect(&text)),
    };
    written.filter_map(|entry| number(&entry.value)).collect()
}

const UNKNOWN: Remark = Remark {
    code: AdviceCode::UnknownField,
    message: "the gateway does not document this member; it is sent on. Is the name mistyped?",
};
