use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::card::CardSummary;
use crate::charge::{Charge, Plan};
use crate::order::Order;
use crate::state::InvoiceState;

/// One thing that happened to an invoice. These are the truth; every state is folded from them.
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
        charge: Charge,
        card: Option<CardSummary>,
    },
    /// A 3-D Secure challenge waits; completing it leads to `then`.
    Challenged {
        then: Charge,
        card: CardSummary,
    },
    /// The card was taken, and what comes of it shows at `at`.
    Promised {
        at: Timestamp,
        charge: Charge,
        card: CardSummary,
    },
    /// The customer left the page with its cancel button; the state stays.
    Cancelled,
}

impl Change {
    /// A move that no card was charged for just now.
    pub(crate) const fn moved(charge: Charge) -> Self {
        Self::Moved { charge, card: None }
    }

    /// What happens at once when `card` is charged at `now` and the outcome comes after `delay`.
    pub(crate) fn charged(card: CardSummary, plan: Plan, now: Timestamp, delay: Duration) -> Self {
        let Plan { challenge, charge } = plan;
        if challenge {
            Self::Challenged { then: charge, card }
        } else if delay.is_zero() {
            let card = Some(card);
            Self::Moved { charge, card }
        } else {
            let at = now.saturating_add(delay).unwrap_or(Timestamp::MAX);
            Self::Promised { at, charge, card }
        }
    }

    /// Whether the merchant hears of it: of every new state and of a cancellation.
    pub(crate) const fn calls_back(&self) -> bool {
        matches!(
            self,
            Self::Created(_) | Self::Moved { .. } | Self::Cancelled
        )
    }
}

impl Event {
    /// What happens to the invoice at once after it.
    pub(crate) const fn followed_by(&self, change: Change) -> Self {
        let state = match &change {
            Change::Moved { charge, .. } => charge.to,
            _ => self.state,
        };
        Self {
            at: self.at,
            invoice: self.invoice,
            state,
            change,
        }
    }

    /// When it happened, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

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
                order.currency()
            ),
            Change::Moved { charge, .. } => match charge.reason {
                Some(reason) => write!(f, "{} ({reason})", charge.to),
                None => write!(f, "{}", charge.to),
            },
            Change::Challenged { .. } => {
                write!(f, "{} (3-D Secure challenge waits)", self.state)
            }
            Change::Promised { at, .. } => {
                write!(f, "{} (the payment's outcome comes at {at})", self.state)
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
