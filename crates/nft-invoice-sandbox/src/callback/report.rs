use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::callback::attempt::AttemptResult;
use crate::payment::InvoiceState;
use crate::text::{Span, reference};

/// A finished attempt, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FinishedAttempt {
    /// When the attempt finished, by the sandbox's clock.
    pub at: Timestamp,
    /// The number of the delivery.
    pub delivery: u64,
    /// The number of the invoice.
    pub invoice: u64,
    /// The merchant's reference of the invoice, with card numbers masked.
    pub reference: Option<String>,
    /// The invoice status in the callback.
    #[serde(rename = "status", with = "wire_name")]
    pub event: InvoiceState,
    /// The number of the attempt, from 1.
    #[serde(rename = "attempt")]
    pub number: usize,
    /// The result.
    pub result: AttemptResult,
    /// The wait before the next attempt, in milliseconds.
    #[serde(rename = "next_attempt_in_ms")]
    pub(crate) again_in: Option<Span>,
}

/// A callback that waits for an earlier one that has failed, as reported to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockedCallback {
    /// When it began to wait, by the sandbox's clock.
    pub at: Timestamp,
    /// The number of the delivery.
    pub delivery: u64,
    /// The number of the invoice.
    pub invoice: u64,
    /// The merchant's reference of the invoice, with card numbers masked.
    pub reference: Option<String>,
    /// The invoice status in the callback.
    #[serde(rename = "status", with = "wire_name")]
    pub event: InvoiceState,
    /// The number of the delivery that it waits for.
    pub waits_for: u64,
}

impl FinishedAttempt {
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
        reference::append(self.reference.as_deref(), f)
    }
}

impl BlockedCallback {
    /// Writes what the callback waits for.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of invoice {}", self.event.wire_name(), self.invoice)?;
        write!(f, " waits for callback {}", self.waits_for)?;
        reference::append(self.reference.as_deref(), f)
    }
}

/// The status as the gateway sends it, such as `invoice:paid`.
mod wire_name {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::payment::InvoiceState;

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
