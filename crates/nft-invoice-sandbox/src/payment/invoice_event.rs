use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::amount::Amount;
use crate::payment::event::{Change, Event};
use crate::payment::price::price;
use crate::payment::reason::Reason;
use crate::payment::state::{InvoiceState, Mode};
use crate::text::reference;

/// A change of an invoice, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceEvent {
    at: Timestamp,
    invoice: u64,
    reference: Option<String>,
    /// After the event.
    status: InvoiceState,
    #[serde(flatten)]
    change: ShownChange,
}

/// A change with what is shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
enum ShownChange {
    Created {
        mode: Mode,
        amount: Amount,
        currency: String,
    },
    Moved {
        reason: Option<Reason>,
    },
    Challenged,
    Promised {
        due: Timestamp,
    },
    Cancelled,
}

impl InvoiceEvent {
    pub(crate) fn new(event: &Event, reference: Option<String>) -> Self {
        Self {
            at: event.at,
            invoice: event.invoice,
            reference,
            status: event.state,
            change: match &event.change {
                Change::Created(order) => ShownChange::Created {
                    mode: order.mode,
                    amount: order.amount,
                    currency: order.currency.clone(),
                },
                Change::Moved { charge, .. } => ShownChange::Moved {
                    reason: charge.reason,
                },
                Change::Challenged { .. } => ShownChange::Challenged,
                Change::Promised { at, .. } => ShownChange::Promised { due: *at },
                Change::Cancelled {} => ShownChange::Cancelled,
            },
        }
    }

    /// Returns the time by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// Returns the number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// Returns the merchant's reference of the invoice, with card numbers masked.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns the invoice's status after the event.
    #[must_use]
    pub const fn state(&self) -> InvoiceState {
        self.status
    }

    pub(crate) const fn time(&self) -> Timestamp {
        self.at
    }

    /// Writes what happened to the invoice. The only user input in it is the amount, the currency and the reference.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match &self.change {
            ShownChange::Created {
                mode,
                amount,
                currency,
            } => write!(f, " ({mode}, {})", price(*amount, currency))?,
            ShownChange::Moved {
                reason: Some(reason),
            } => write!(f, " ({reason})")?,
            ShownChange::Moved { reason: None } => {}
            ShownChange::Challenged => f.write_str(" (3-D Secure challenge pending)")?,
            ShownChange::Promised { due } => write!(f, " (payment result due at {due})")?,
            ShownChange::Cancelled => f.write_str(" (customer cancelled)")?,
        }
        reference::append(self.reference(), f)
    }
}

impl fmt::Display for InvoiceEvent {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invoice {} ", self.invoice)?;
        self.describe(f)
    }
}
