use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::callback::message::Frozen;
use crate::fault::CallbackEffects;
use crate::payment::event::Event;
use crate::payment::state::InvoiceState;
use crate::text::reference;
use crate::text::span::Span;

/// A callback and its delivery attempts. Its bytes never change: every attempt sends the same request.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) id: u64,
    pub(crate) invoice: u64,
    pub(crate) event: InvoiceState,
    pub(crate) frozen: Frozen,
    pub(crate) created_at: Timestamp,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: Vec<Attempt>,
    /// How many attempts have failed since it was created or last replayed.
    pub(crate) failed: usize,
    /// The time of the next attempt.
    pub(crate) due: Option<Timestamp>,
    /// The faults that were drawn for the next attempt when it was postponed.
    pub(crate) drawn: Option<CallbackEffects>,
    /// Set in snapshots only; see `Outbox::waits_for`.
    pub(crate) waits_for: Option<u64>,
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

/// An attempt to send a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub(crate) at: Timestamp,
    pub(crate) result: AttemptResult,
}

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptResult {
    /// The HTTP status of the response. 2xx is success, any other status is a failure.
    #[serde(rename = "answered")]
    Response(u16),
    /// No response; the text is the cause.
    Failed(String),
    /// A fault dropped the callback; the gateway treats it as delivered.
    Dropped,
}

/// A finished attempt, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedAttempt {
    pub(crate) at: Timestamp,
    pub(crate) delivery: u64,
    pub(crate) invoice: u64,
    pub(crate) reference: Option<String>,
    #[serde(rename = "status", with = "wire_name")]
    pub(crate) event: InvoiceState,
    #[serde(rename = "attempt")]
    pub(crate) number: usize,
    pub(crate) result: AttemptResult,
    /// The wait before the next attempt, in milliseconds.
    #[serde(rename = "next_attempt_in_ms")]
    pub(crate) again_in: Option<Span>,
}

/// A callback that waits for an earlier one that has failed, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedCallback {
    pub(crate) at: Timestamp,
    pub(crate) delivery: u64,
    pub(crate) invoice: u64,
    pub(crate) reference: Option<String>,
    #[serde(rename = "status", with = "wire_name")]
    pub(crate) event: InvoiceState,
    pub(crate) waits_for: u64,
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

    /// Returns the number of the delivery: 1, 2, 3 … per sandbox.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Returns the number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// Returns the invoice status in the callback.
    #[must_use]
    pub const fn event(&self) -> InvoiceState {
        self.event
    }

    /// Returns the creation time by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn created_at(&self) -> String {
        self.created_at.to_string()
    }

    /// Returns the state of the delivery.
    #[must_use]
    pub const fn state(&self) -> DeliveryState {
        self.state
    }

    /// Returns the number of the callback that this one waits for; `None` if it waits for none. See
    /// [`CallbackOrder::Fifo`](crate::CallbackOrder::Fifo).
    #[must_use]
    pub const fn waits_for(&self) -> Option<u64> {
        self.waits_for
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

    /// Returns the finished attempts, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
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

impl Attempt {
    /// Returns when the attempt finished, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// Returns the result.
    #[must_use]
    pub const fn result(&self) -> &AttemptResult {
        &self.result
    }
}

impl AttemptResult {
    /// Returns whether the attempt succeeded, from the gateway's view.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Response(200..300) | Self::Dropped)
    }
}

impl FinishedAttempt {
    /// Returns when the attempt finished, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// Returns the number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// Returns the number of the delivery.
    #[must_use]
    pub const fn delivery(&self) -> u64 {
        self.delivery
    }

    /// Returns the merchant's reference of the invoice, with card numbers masked.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns the invoice status in the callback.
    #[must_use]
    pub const fn event(&self) -> InvoiceState {
        self.event
    }

    /// Returns the result.
    #[must_use]
    pub const fn result(&self) -> &AttemptResult {
        &self.result
    }

    /// Writes what happened to the callback.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (event, result) = (self.event.wire_name(), &self.result);
        write!(f, "{event} of invoice {}", self.invoice)?;
        write!(f, ", attempt {}: {result}", self.number)?;
        match self.again_in {
            Some(wait) => write!(f, ", next attempt in {wait}")?,
            None if result.is_success() => {}
            None => f.write_str(", given up")?,
        }
        reference::append(self.reference(), f)
    }
}

impl BlockedCallback {
    /// Returns when it began to wait, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// Returns the number of the delivery.
    #[must_use]
    pub const fn delivery(&self) -> u64 {
        self.delivery
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

    /// Returns the invoice status in the callback.
    #[must_use]
    pub const fn event(&self) -> InvoiceState {
        self.event
    }

    /// Returns the number of the delivery that it waits for.
    #[must_use]
    pub const fn waits_for(&self) -> u64 {
        self.waits_for
    }

    /// Writes what the callback waits for.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of invoice {}", self.event.wire_name(), self.invoice)?;
        write!(f, " waits for callback {}", self.waits_for)?;
        reference::append(self.reference(), f)
    }
}

/// The status as the gateway sends it, such as `invoice:paid`.
mod wire_name {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::payment::state::InvoiceState;

    pub(super) fn serialize<S: Serializer>(
        state: &InvoiceState,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(state.wire_name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<InvoiceState, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        InvoiceState::read(&name).ok_or_else(|| D::Error::custom("unknown status"))
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

impl fmt::Display for AttemptResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(status @ (301 | 302 | 303 | 307 | 308)) => {
                write!(f, "HTTP {status}, redirect not followed")
            }
            Self::Response(status) => write!(f, "HTTP {status}"),
            Self::Failed(why) => f.write_str(why),
            Self::Dropped => f.write_str("dropped by a fault"),
        }
    }
}

impl fmt::Display for FinishedAttempt {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback {} ", self.delivery)?;
        self.describe(f)
    }
}

impl fmt::Display for BlockedCallback {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback {} ", self.delivery)?;
        self.describe(f)
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
