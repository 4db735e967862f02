#[cfg(feature = "sqlite")]
mod sqlite;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::gateway::Rejection;
#[cfg(not(feature = "sqlite"))]
use crate::store::entry::Entry;

#[cfg(feature = "sqlite")]
pub(crate) use sqlite::Log;
#[cfg(feature = "sqlite")]
pub use sqlite::{DatabaseError, IntactData, recover_database};

/// The database could not be written, so nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("the database could not be written, so nothing was changed: {cause}")]
pub struct WriteError {
    pub(crate) cause: String,
}

impl From<WriteError> for Rejection {
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
