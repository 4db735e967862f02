use std::fmt;

use crate::payment::event::Event;
use crate::payment::state::InvoiceState;
use crate::text::reference;

/// A change of an invoice, as reported to subscribers.
#[derive(Clone)]
pub struct InvoiceEvent {
    event: Event,
    reference: Option<String>,
}

impl InvoiceEvent {
    pub(crate) const fn new(event: Event, reference: Option<String>) -> Self {
        Self { event, reference }
    }

    /// Returns the time by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.event.at()
    }

    /// Returns the number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.event.invoice
    }

    /// Returns the merchant's reference of the invoice, with card numbers masked.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns the invoice's status after the event.
    #[must_use]
    pub const fn state(&self) -> InvoiceState {
        self.event.state
    }
}

impl fmt::Display for InvoiceEvent {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.event)?;
        reference::append(self.reference(), f)
    }
}

impl fmt::Debug for InvoiceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvoiceEvent({} {self})", self.event.at)
    }
}
