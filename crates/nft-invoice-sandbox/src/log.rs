#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::callback::Frozen;
use crate::delivery::Attempt;
use crate::event::Event;

#[cfg(feature = "sqlite")]
pub use sqlite::DatabaseError;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::Log;

/// What a store is folded from. Each is written to the log before it is made true.
pub(crate) enum Entry {
    /// Something happened to an invoice, and this is what its merchant is told.
    Event(Event, Option<Frozen>),
    /// An attempt to hand a callback over has ended. The wait is decided by the settings of its time.
    Attempt {
        delivery: u64,
        attempt: Attempt,
        again_in: Option<Duration>,
    },
    /// Callbacks are sent once more.
    Replay { deliveries: Vec<u64>, at: Timestamp },
    /// The clock was moved to this instant, and is that far ahead of the system's if it follows it.
    Clock {
        at: Timestamp,
        ahead: Option<SignedDuration>,
    },
    /// All invoices and callbacks were forgotten.
    Reset { at: Timestamp },
}

/// The log could not be written, so that nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the database cannot be written, so nothing was changed: {0}")]
pub struct NotWritten(pub(crate) String);

/// Where entries are written. Without the feature there is none.
#[cfg(not(feature = "sqlite"))]
pub(crate) enum Log {}

#[cfg(not(feature = "sqlite"))]
impl Log {
    pub(crate) const fn close(&mut self) {
        match *self {}
    }

    pub(crate) const fn write(&mut self, _: &[Entry]) -> Result<(), NotWritten> {
        match *self {}
    }
}

impl Entry {
    /// When it was, by the sandbox's clock.
    pub(crate) const fn at(&self) -> Timestamp {
        match self {
            Self::Event(event, _) => event.at,
            Self::Attempt { attempt, .. } => attempt.at,
            Self::Replay { at, .. } | Self::Clock { at, .. } | Self::Reset { at } => *at,
        }
    }
}
