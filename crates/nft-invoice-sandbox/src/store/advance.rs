use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::store::activity::Activity;
use crate::store::database::WriteError;

/// A request to advance the clock, and the channel for its result.
pub(crate) struct Advance {
    pub(crate) by: Duration,
    pub(crate) reply: oneshot::Sender<Result<Vec<Activity>, AdvanceError>>,
}

/// Why the clock could not be advanced, or not all the way.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// The target time is beyond the year 9999.
    #[error("the clock cannot be advanced beyond the year 9999")]
    EndOfTime,
    /// A step could not be written to the database. Earlier steps were completed.
    #[error(transparent)]
    WriteError(#[from] WriteError),
}
