use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::callback::attempt::AttemptResult;
use crate::payment::state::InvoiceState;
use crate::text::reference;
use crate::text::span::Span;

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
