use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::card::CardSummary;
use crate::payment::charge::Charge;
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

    /// Whether the change sends a callback: every new status and a cancellation do.
    pub(crate) const fn calls_back(&self) -> bool {
        matches!(
            self,
            Self::Created(_) | Self::Moved { .. } | Self::Cancelled {}
        )
    }

    /// The invoice's status after the change.
    pub(crate) const fn state_after(&self, before: InvoiceState) -> InvoiceState {
        match self {
            Self::Created(_) => InvoiceState::Created,
            Self::Moved { charge, .. } => charge.to,
            Self::Challenged { .. } | Self::Promised { .. } | Self::Cancelled {} => before,
        }
    }
}

impl Event {
    /// An event that follows immediately.
    pub(crate) const fn followed_by(&self, change: Change) -> Self {
        Self {
            at: self.at,
            invoice: self.invoice,
            state: change.state_after(self.state),
            change,
        }
    }
}

impl fmt::Debug for Event {
    /// Omits the order, which contains the merchant's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Event({} invoice {} {})",
            self.at, self.invoice, self.state
        )
    }
}
