//! Finds out what became of rows with an unknown outcome, from the gateway's history and infos.

mod callbacks;
mod hint;
mod reconciler;
mod sweep;
mod wanted;

pub use callbacks::{CallbackLine, Callbacks};
pub use hint::Hint;
pub use reconciler::{ReconcileOptions, Reconciled, Reconciler};

use crate::journal::JournalError;

/// Why a reconciliation ended early. What it had found is stored, and it can be repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// The gateway did not answer a read.
    #[error(transparent)]
    Read(#[from] nft_invoice::Error),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The hints cannot be read any further.
    #[error("the hints cannot be read any further: {0}")]
    Hints(#[source] std::io::Error),
}
