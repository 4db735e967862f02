use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::payment::card::TestCard;
use crate::payment::event::Change;
use crate::payment::outcome::Outcome;
use crate::text::Span;

/// The card details of a payment attempt.
pub(crate) struct Payment<'a> {
    pub(crate) card_number: &'a str,
    /// `MM/YYYY`; `None` is not checked.
    pub(crate) card_expiry: Option<&'a str>,
    pub(crate) cardholder: &'a str,
}

/// Why a payment was rejected before it was attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTried {
    UnknownCard,
    ExpiredCard,
    /// The cardholder name starts with `SBX:` but is not valid; holds what was expected.
    BadScript(String),
}

/// The prefix of a cardholder name that selects the outcome.
const SCRIPT: &str = "SBX:";

impl Payment<'_> {
    /// Attempts the payment at `now`, or returns everything for which it is rejected, in the order of the checks. The first
    /// queued outcome takes precedence, if there is one; the change uses it up.
    pub(crate) fn attempt(
        &self,
        queued: Option<Outcome>,
        now: Timestamp,
    ) -> Result<Change, Vec<NotTried>> {
        let (card, named) = match (self.card(), self.check_expiry(now), self.named()) {
            (Ok(card), Ok(()), Ok(named)) => (card, named),
            (card, expiry, named) => {
                let errors = [card.err(), expiry.err(), named.err()];
                return Err(errors.into_iter().flatten().collect());
            }
        };
        let (outcome, delay) = match queued {
            Some(outcome) => (outcome, Duration::ZERO),
            None => named.unwrap_or((card.outcome, Duration::ZERO)),
        };
        let (charge, card) = (outcome.charge(), card.summary());
        Ok(if outcome.is_challenged() {
            Change::Challenged { then: charge, card }
        } else if delay.is_zero() {
            let card = Some(card);
            Change::Moved { charge, card }
        } else {
            let at = now.saturating_add(delay).unwrap_or(Timestamp::MAX);
            Change::Promised { at, charge, card }
        })
    }

    fn card(&self) -> Result<&'static TestCard, NotTried> {
        TestCard::find(self.card_number).ok_or(NotTried::UnknownCard)
    }

    fn check_expiry(&self, now: Timestamp) -> Result<(), NotTried> {
        match self.card_expiry {
            Some(expiry) if is_past(expiry, now) => Err(NotTried::ExpiredCard),
            _ => Ok(()),
        }
    }

    /// The outcome that the cardholder name selects.
    fn named(&self) -> Result<Option<(Outcome, Duration)>, NotTried> {
        let Some(said) = self.cardholder.trim().strip_prefix(SCRIPT) else {
            return Ok(None);
        };
        let (outcome, delay) = match said.split_once(':') {
            None => (said, Duration::ZERO),
            Some((outcome, delay)) => match Span::read(delay) {
                Some(delay) => (outcome, delay.duration()),
                None => {
                    let wrong = "expected a delay such as 250ms, 90s, 10m, 1h or 3d";
                    return Err(NotTried::BadScript(wrong.to_owned()));
                }
            },
        };
        match outcome.parse() {
            Ok(outcome) => Ok(Some((outcome, delay))),
            Err(unknown) => Err(NotTried::BadScript(unknown.to_string())),
        }
    }
}

/// Whether a card with this `MM/YYYY` has expired. Invalid dates count as expired.
fn is_past(expiry: &str, now: Timestamp) -> bool {
    let today = Offset::UTC.to_datetime(now).date();
    match month(expiry) {
        Some(month) => month < (today.year(), today.month()),
        None => true,
    }
}

/// Year and month.
fn month(expiry: &str) -> Option<(i16, i8)> {
    let (month, year) = expiry.trim().split_once('/')?;
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(month, 2) || !digits(year, 4) {
        return None;
    }
    let month = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some((year.parse().ok()?, month))
}
