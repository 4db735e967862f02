use std::time::Duration;

use jiff::Timestamp;

use crate::card::CardSummary;
use crate::event::Change;
use crate::outcome::Reason;
use crate::state::InvoiceState;

/// Where a payment leads and why when it fails; what follows by itself later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) to: InvoiceState,
    pub(crate) reason: Option<Reason>,
    pub(crate) later: Option<(Duration, InvoiceState)>,
}

/// What an attempt to pay sets going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// A 3-D Secure challenge comes first.
    pub(crate) challenge: bool,
    pub(crate) charge: Charge,
}

impl Charge {
    pub(crate) const fn to(state: InvoiceState) -> Self {
        Self {
            to: state,
            reason: None,
            later: None,
        }
    }

    pub(crate) const fn failed(reason: Reason) -> Self {
        Self {
            to: InvoiceState::Failed,
            reason: Some(reason),
            later: None,
        }
    }

    pub(crate) const fn then(mut self, after: Duration, state: InvoiceState) -> Self {
        self.later = Some((after, state));
        self
    }

    /// The move that it is, with the card that was charged just now.
    pub(crate) const fn change(self, card: Option<CardSummary>) -> Change {
        Change::Moved { charge: self, card }
    }
}

impl Plan {
    /// What happens at once when `card` is charged at `now` and the outcome comes after `delay`.
    pub(crate) fn change(self, card: CardSummary, now: Timestamp, delay: Duration) -> Change {
        let Self { challenge, charge } = self;
        if challenge {
            Change::Challenged { then: charge, card }
        } else if delay.is_zero() {
            charge.change(Some(card))
        } else {
            Change::Promised {
                at: now.saturating_add(delay).unwrap_or(Timestamp::MAX),
                charge,
                card,
            }
        }
    }
}
