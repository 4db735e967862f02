use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::card::{CardSummary, Outcome, TestCard};
use crate::invoice::Order;
use crate::state::InvoiceState;

/// One thing that happened to an invoice. The log of these is the truth; every state is folded from it.
#[derive(Clone)]
pub struct Event {
    pub(crate) at: Timestamp,
    pub(crate) invoice: u64,
    pub(crate) state: InvoiceState,
    pub(crate) change: Change,
}

#[derive(Clone)]
pub(crate) enum Change {
    Created(Arc<Order>),
    Moved {
        to: Outcome,
        card: Option<CardSummary>,
    },
    /// A 3-D Secure challenge waits; completing it leads to `then`.
    Challenged {
        then: Outcome,
        card: CardSummary,
    },
    /// The customer left the page with its cancel button; the state stays.
    Cancelled,
}

impl Change {
    /// What follows when `card` is charged.
    pub(crate) fn charge(card: &TestCard) -> Self {
        let (outcome, summary) = (card.outcome(), card.summary());
        match card.needs_challenge() {
            true => Self::Challenged {
                then: outcome,
                card: summary,
            },
            false => Self::Moved {
                to: outcome,
                card: Some(summary),
            },
        }
    }
}

impl Event {
    /// The number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// The invoice's state after it.
    #[must_use]
    pub const fn state(&self) -> InvoiceState {
        self.state
    }
}

impl fmt::Display for Event {
    /// One line for people. It holds nothing that came from outside but the amount and the currency.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invoice {} ", self.invoice)?;
        match &self.change {
            Change::Created(order) => write!(
                f,
                "{} ({}, {} {})",
                self.state,
                order.mode,
                order.amount.plain(),
                order.currency
            ),
            Change::Moved { to, .. } => match to.reason {
                Some(reason) => write!(f, "{} ({reason})", to.state),
                None => write!(f, "{}", to.state),
            },
            Change::Challenged { .. } => {
                write!(f, "{} (3-D Secure challenge waits)", self.state)
            }
            Change::Cancelled => write!(f, "{} (customer cancelled)", self.state),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {self})", self.at)
    }
}
