use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;

use crate::callback::attempt::Attempt;
use crate::callback::message::Frozen;
use crate::callback::report::FinishedAttempt;
use crate::fault::CallbackEffects;
use crate::payment::{Event, InvoiceState};
use crate::text::Span;

/// A callback and its delivery attempts. Its bytes never change: every attempt sends the same request.
#[derive(Clone)]
pub struct Delivery {
    /// The number of the delivery: 1, 2, 3 … per sandbox.
    pub id: u64,
    /// The number of the invoice.
    pub invoice: u64,
    /// The invoice status in the callback.
    pub event: InvoiceState,
    pub(crate) frozen: Frozen,
    /// When it was created, by the sandbox's clock.
    pub created_at: Timestamp,
    /// The state of the delivery.
    pub state: DeliveryState,
    /// The finished attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// How many attempts have failed since it was created or last replayed.
    pub(crate) failed: usize,
    /// The time of the next attempt.
    pub(crate) due: Option<Timestamp>,
    /// The faults that were drawn for the next attempt when it was postponed.
    pub(crate) drawn: Option<CallbackEffects>,
    /// The number of the callback that this one waits for; `None` if it waits for none. See
    /// [`CallbackOrder::Fifo`](crate::CallbackOrder::Fifo).
    // Set in snapshots only; see `Outbox::waits_for`.
    pub waits_for: Option<u64>,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waiting for an attempt.
    Waiting,
    /// An attempt is in progress.
    Sending,
    /// The receiver responded with 2xx.
    Delivered,
    /// Every attempt failed.
    GivenUp,
}

impl Delivery {
    /// The callback for `event`, without a time.
    pub(super) const fn new(id: u64, event: &Event, frozen: Frozen) -> Self {
        Self {
            id,
            invoice: event.invoice,
            event: event.state,
            frozen,
            created_at: event.at,
            state: DeliveryState::Waiting,
            attempts: Vec::new(),
            failed: 0,
            due: None,
            drawn: None,
            waits_for: None,
        }
    }

    /// Returns the body, byte for byte.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.frozen.body.as_bytes()
    }

    /// Returns the `X-Signature`: HMAC-SHA256 of the body in lower-case hex.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.frozen.signature
    }

    /// The finished attempts as they are reported, without the reference. The wait after one is that before the next.
    pub(crate) fn finished(&self) -> impl Iterator<Item = FinishedAttempt> {
        let attempts = self.attempts.iter();
        let next = attempts.clone().skip(1).map(|next| Some(next.at));
        let next = next.chain([self.due]);
        attempts
            .zip(next)
            .enumerate()
            .map(|(index, (attempt, next))| {
                let wait = next.filter(|_| !attempt.result.is_success());
                let wait = wait.map(|next| next.duration_since(attempt.at).unsigned_abs());
                FinishedAttempt {
                    at: attempt.at,
                    delivery: self.id,
                    invoice: self.invoice,
                    reference: None,
                    event: self.event,
                    number: index + 1,
                    result: attempt.result.clone(),
                    again_in: wait.map(Span::from),
                }
            })
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given up",
        })
    }
}

impl fmt::Debug for Delivery {
    /// Omits the body, which contains the merchant's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("invoice", &self.invoice)
            .field("event", &self.event)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Deliveries, oldest first. Dereferences to a slice.
#[derive(Clone, Debug, Default)]
pub struct Deliveries {
    pub(crate) list: Vec<Delivery>,
    pub(crate) dropped: u64,
}

impl Deliveries {
    /// Returns the deliveries of one invoice.
    #[must_use]
    pub fn for_invoice(mut self, invoice: u64) -> Self {
        self.list.retain(|delivery| delivery.invoice == invoice);
        self
    }

    /// Returns how many older deliveries, of any invoice, are no longer kept.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Deref for Deliveries {
    type Target = [Delivery];

    fn deref(&self) -> &[Delivery] {
        &self.list
    }
}
