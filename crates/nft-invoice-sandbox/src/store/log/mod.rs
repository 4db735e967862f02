#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::callback::delivery::Attempt;
use crate::callback::message::Frozen;
use crate::gateway::rejection::Refusal;
use crate::payment::event::Event;

#[cfg(feature = "sqlite")]
pub(crate) use sqlite::Log;
#[cfg(feature = "sqlite")]
pub use sqlite::{DatabaseError, IntactData, recover_database};

/// An entry of the event log. It is written before it is applied.
pub(crate) enum Entry {
    /// A change of an invoice, with its callback.
    Event(Event, Option<Frozen>),
    /// A finished attempt. The delay until the next one comes from the settings at that time.
    Attempt {
        delivery: u64,
        attempt: Attempt,
        again_in: Option<Duration>,
    },
    /// Callbacks are replayed.
    Replay { deliveries: Vec<u64>, at: Timestamp },
    /// The clock was moved to this time, `ahead` of the system clock if it follows it.
    Clock {
        at: Timestamp,
        ahead: Option<SignedDuration>,
    },
    /// All invoices and callbacks were deleted.
    Reset { at: Timestamp },
}

/// The database could not be written, so nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the database could not be written, so nothing was changed: {0}")]
pub struct WriteError(pub(crate) String);

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        Self::http(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// The log without the feature `sqlite`: it cannot exist.
#[cfg(not(feature = "sqlite"))]
pub(crate) enum Log {}

#[cfg(not(feature = "sqlite"))]
impl Log {
    pub(crate) const fn close(&mut self) {
        match *self {}
    }

    pub(crate) const fn write(&mut self, _: &[Entry]) -> Result<(), WriteError> {
        match *self {}
    }
}

impl Entry {
    /// The time by the sandbox's clock.
    pub(crate) const fn at(&self) -> Timestamp {
        match self {
            Self::Event(event, _) => event.at,
            Self::Attempt { attempt, .. } => attempt.at,
            Self::Replay { at, .. } | Self::Clock { at, .. } | Self::Reset { at } => *at,
        }
    }
}
