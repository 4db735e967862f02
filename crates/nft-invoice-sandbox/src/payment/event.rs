use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::card::CardSummary;
use crate::payment::charge::{Charge, Plan};
use crate::payment::invoice_event::InvoiceEvent;
use crate::payment::order::Order;
use crate::payment::state::InvoiceState;

/// A change of an invoice. Every status is derived from these events.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) at: Timestamp,
    pub(crate) invoice: u64,
    pub(crate) state: InvoiceState,
    pub(crate) change: Change,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Created(Arc<Order>),
    Moved {
        charge: Charge,
        card: Option<CardSummary>,
    },
    /// A 3-D Secure challenge is pending; completing it leads to `then`.
    Challenged {
        then: Charge,
        card: CardSummary,
    },
    /// The card was accepted, and the outcome is due at `at`.
    Promised {
        at: Timestamp,
        charge: Charge,
        card: CardSummary,
    },
    /// The customer pressed Cancel; the status stays.
    Cancelled {},
}

impl Change {
    /// A change of status without a card charge.
    pub(crate) const fn moved(charge: Charge) -> Self {
        Self::Moved { charge, card: None }
    }

    /// The immediate change when `card` is charged at `now` with an outcome after `delay`.
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

    /// Whether the change sends a callback: every new status and a cancellation do.
    pub(crate) const fn calls_back(&self) -> bool {
        matches!(
            self,
            Self::Created(_) | Self::Moved { .. } | Self::Cancelled {}
        )
    }
}

impl Event {
    /// An event that follows immediately.
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

    /// The time by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    pub(crate) fn at(&self) -> String {
        self.at.to_string()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {})", self.at, InvoiceEvent::new(self, None))
    }
}
