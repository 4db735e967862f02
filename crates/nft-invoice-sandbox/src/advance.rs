use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::activity::Activity;
use crate::log::NotWritten;

/// A wish to move the clock, and who waits for what happens.
pub(crate) struct Advance {
    pub(crate) by: Duration,
    pub(crate) reply: oneshot::Sender<Result<Vec<Activity>, NotAdvanced>>,
}

/// Why the clock stopped on its way, or did not begin to move.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAdvanced {
    /// It cannot be moved that far.
    #[error("the sandbox's clock ends with the year 9999")]
    EndOfTime,
    /// A step could not be written to the database. The steps before it were taken.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}
