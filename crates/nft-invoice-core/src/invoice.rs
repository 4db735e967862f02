use std::fmt;

use zeroize::Zeroizing;

use crate::advice::Advice;
use crate::draft::{Draft, Value};
use crate::email::Email;
use crate::field::Field;
use crate::hosted::Hosted;
use crate::json;
use crate::mode::Mode;
use crate::problem::Problems;
use crate::reference::Reference;
use crate::s2s::S2s;
use crate::sale::Sale;

/// An invoice that passed every check on the day it was checked. There is no other way to have one.
///
/// Made from plain Rust by [`Hosted::validate`] and [`S2s::validate`], from JSON or a form by
/// [`Draft::validate`]; sent by [`encode`](crate::encode). `Debug` shows which members are there and nothing
/// they hold.
pub struct Invoice {
    parts: Parts,
    extra: Vec<(String, String)>,
}

/// The parts of an invoice. Card data cannot stand in a hosted one, and nothing can lack in the other.
#[derive(Debug)]
pub enum Parts {
    /// The customer enters the card on the gateway's page.
    Hosted(Box<Hosted>),
    /// The merchant sends the card.
    S2s(Box<S2s>),
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The mode whose rules were applied.
    pub mode: Mode,
    /// The invoice, or every problem in the order of the fields.
    pub invoice: Result<Invoice, Problems>,
    /// What is worth a look, in the order of the fields; it never blocks.
    pub advice: Vec<Advice>,
}

impl Invoice {
    pub(crate) fn new(parts: Parts, extra: Vec<(String, String)>) -> Self {
        Self { parts, extra }
    }

    /// Who collects the card.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.parts {
            Parts::Hosted(_) => Mode::Hosted,
            Parts::S2s(_) => Mode::S2s,
        }
    }

    /// What is sold, to whom.
    #[must_use]
    pub fn sale(&self) -> &Sale {
        match &self.parts {
            Parts::Hosted(hosted) => &hosted.sale,
            Parts::S2s(s2s) => &s2s.sale,
        }
    }

    /// The customer's e-mail address.
    #[must_use]
    pub fn email(&self) -> &Email {
        &self.sale().email
    }

    /// The reference by which the invoice is found again, if it carries one.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.sale().callback_data.as_ref()?.reference()
    }

    /// The last four digits of the card, the most that may be shown; `None` for a hosted invoice, and for
    /// a number of fewer than 12 digits.
    #[must_use]
    pub fn card_last4(&self) -> Option<&str> {
        match &self.parts {
            Parts::Hosted(_) => None,
            Parts::S2s(s2s) => s2s.card.number.last4(),
        }
    }

    /// `message` without this invoice's card and verification code, which a gateway may repeat when it refuses.
    #[must_use]
    pub fn masked(&self, message: &str) -> String {
        let Parts::S2s(s2s) = &self.parts else {
            return message.to_owned();
        };
        let digits: Zeroizing<String> =
            Zeroizing::new(message.chars().filter(char::is_ascii_digit).collect());
        let all = digits.contains(s2s.card.number.expose());
        let mut shown = String::with_capacity(message.len());
        let mut rest = message;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, run) = rest.split_at(start);
            let length = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
            let (run, after) = run.split_at(length);
            shown.push_str(before);
            let secret = all || run == s2s.card.verification_code.expose();
            shown.push_str(if secret { "[masked]" } else { run });
            rest = after;
        }
        shown + rest
    }

    /// Everything in it that the gateway documents.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The members in the order of the wire.
    pub(crate) fn members(&self) -> Vec<(Field, Value<'_>)> {
        match &self.parts {
            Parts::Hosted(hosted) => hosted.members(),
            Parts::S2s(s2s) => s2s.members(),
        }
    }

    /// Members that the gateway does not document: names, and values as JSON.
    pub(crate) fn extra(&self) -> &[(String, String)] {
        &self.extra
    }
}

impl fmt::Debug for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoice")
            .field("mode", &self.mode())
            .field("members", &names(&self.members()))
            .field("others", &self.extra.len())
            .finish()
    }
}

/// The names of `members`, for a `Debug` that shows no more.
pub(crate) fn names(members: &[(Field, Value<'_>)]) -> Vec<&'static str> {
    members.iter().map(|(field, _)| field.name()).collect()
}

/// `members` as a draft: plain Rust goes through the same check as JSON.
pub(crate) fn draft_of<'a>(members: Vec<(Field, Value<'a>)>) -> Draft<'a> {
    let named = |(field, value): (Field, Value<'a>)| (field.name(), value);
    Draft::from_members(members.into_iter().map(named))
}

/// `texts` as a JSON array.
pub(crate) fn json_array<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut written = Vec::from(*b"[");
    for (at, text) in texts.enumerate() {
        if at > 0 {
            written.push(b',');
        }
        json::write_string(text, &mut |piece| written.extend_from_slice(piece));
    }
    written.push(b']');
    String::from_utf8(written).unwrap_or_default()
}
