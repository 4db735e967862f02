use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::amount::Amount;
use crate::payment::currency_code::CurrencyCode;
use crate::payment::event::{Change, Event};
use crate::payment::reason::Reason;
use crate::payment::state::{InvoiceState, Mode};
use crate::text::reference;

/// A change of an invoice, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceEvent {
    /// The time by the sandbox's clock.
    pub at: Timestamp,
    /// The number of the invoice.
    pub invoice: u64,
    /// The merchant's reference of the invoice, with card numbers masked.
    pub reference: Option<String>,
    /// The invoice's status after the event.
    #[serde(rename = "status")]
    pub state: InvoiceState,
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
        currency: CurrencyCode,
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
            state: event.state,
            change: match &event.change {
                Change::Created(order) => ShownChange::Created {
                    mode: order.mode,
                    amount: order.amount,
                    currency: order.currency,
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

    /// Writes what happened to the invoice. The only user input in it is the amount, the currency and the reference.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        match &self.change {
            ShownChange::Created {
                mode,
                amount,
                currency,
            } => write!(f, " ({mode}, {})", amount.price(*currency))?,
            ShownChange::Moved {
                reason: Some(reason),
            } => write!(f, " ({reason})")?,
            ShownChange::Moved { reason: None } => {}
            ShownChange::Challenged => f.write_str(" (3-D Secure challenge pending)")?,
            ShownChange::Promised { due } => write!(f, " (payment result due at {due})")?,
            ShownChange::Cancelled => f.write_str(" (customer cancelled)")?,
        }
        reference::append(self.reference.as_deref(), f)
    }
}

impl fmt::Display for InvoiceEvent {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invoice {} ", self.invoice)?;
        self.describe(f)
    }
}
