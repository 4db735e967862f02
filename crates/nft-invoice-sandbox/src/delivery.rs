use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use jiff::Timestamp;

use crate::callback::Frozen;
use crate::span::Span;
use crate::state::InvoiceState;

/// A callback, and every attempt to hand it over. Its bytes never change: an attempt more is the same request.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) id: u64,
    pub(crate) invoice: u64,
    pub(crate) event: InvoiceState,
    pub(crate) frozen: Frozen,
    pub(crate) created_at: Timestamp,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: Vec<Attempt>,
    /// How many attempts failed since it was made or last replayed.
    pub(crate) failed: usize,
    /// When the next attempt is.
    pub(crate) due: Option<Timestamp>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// An attempt is to come.
    Waiting,
    /// An attempt is under way.
    Sending,
    /// An answer of 2xx came.
    Delivered,
    /// Every attempt failed.
    GivenUp,
}

/// One attempt to hand a callback over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub(crate) at: Timestamp,
    pub(crate) result: AttemptResult,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptResult {
    /// The receiver answered with this HTTP status; 2xx is success, everything else a failure.
    Answered(u16),
    /// No answer, and why.
    Failed(String),
    /// A fault kept it here, and the gateway believes that it was taken.
    Dropped,
}

/// An attempt that has ended, as it is told to those who listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    pub(crate) at: Timestamp,
    pub(crate) delivery: u64,
    pub(crate) invoice: u64,
    pub(crate) event: InvoiceState,
    pub(crate) number: usize,
    pub(crate) result: AttemptResult,
    pub(crate) again_in: Option<Duration>,
}

impl Delivery {
    /// Its number: 1, 2, 3 … per sandbox.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// The status that it tells.
    #[must_use]
    pub const fn event(&self) -> InvoiceState {
        self.event
    }

    /// When it was made, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn created_at(&self) -> String {
        self.created_at.to_string()
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> DeliveryState {
        self.state
    }

    /// The body, byte for byte.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.frozen.body
    }

    /// `X-Signature`: HMAC-SHA256 over the body in lower-case hex.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.frozen.signature
    }

    /// Every attempt that has ended, oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }
}

impl Attempt {
    /// When it ended, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// What came of it.
    #[must_use]
    pub const fn result(&self) -> &AttemptResult {
        &self.result
    }
}

impl AttemptResult {
    /// Whether the callback was taken, or the gateway believes so.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Answered(200..300) | Self::Dropped)
    }
}

impl Attempted {
    /// When it ended, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// The number of the invoice.
    #[must_use]
    pub const fn invoice(&self) -> u64 {
        self.invoice
    }

    /// The number of the delivery.
    #[must_use]
    pub const fn delivery(&self) -> u64 {
        self.delivery
    }

    /// The status that it tells.
    #[must_use]
    pub const fn event(&self) -> InvoiceState {
        self.event
    }

    /// What came of it.
    #[must_use]
    pub const fn result(&self) -> &AttemptResult {
        &self.result
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
            Self::Answered(status) => write!(f, "HTTP {status}"),
            Self::Failed(why) => f.write_str(why),
            Self::Dropped => f.write_str("dropped by a fault"),
        }
    }
}

impl fmt::Display for Attempted {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (event, result) = (self.event.wire(), &self.result);
        write!(f, "callback {event} of invoice {}", self.invoice)?;
        write!(f, ", attempt {}: {result}", self.number)?;
        match self.again_in {
            Some(wait) => write!(f, ", again in {}", Span::from(wait)),
            None if result.is_success() => Ok(()),
            None => f.write_str(", given up"),
        }
    }
}

impl fmt::Debug for Delivery {
    /// Without the body, which holds what the merchant sent.
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

/// Deliveries, oldest first. It is a slice.
#[derive(Clone, Debug, Default)]
pub struct Deliveries {
    pub(crate) list: Vec<Delivery>,
    pub(crate) dropped: u64,
}

impl Deliveries {
    /// Those of one invoice.
    #[must_use]
    pub fn of(mut self, invoice: u64) -> Self {
        self.list.retain(|delivery| delivery.invoice == invoice);
        self
    }

    /// How many older ones, of whatever invoice, are no longer kept.
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
