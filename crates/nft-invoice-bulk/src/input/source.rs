use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use nft_invoice::{Mode, Reference};
use zeroize::Zeroizing;

use super::row::{Row, ValidRow};
use super::rows::Rows;
use crate::journal::Source;
use crate::lifecycle::State;
use crate::run::{Secret, Secrets};

/// The rows of an input on their way into a journal. Of an S2S input it keeps what was read, with the cards, in
/// memory: at most [`MAX_SECRETS`](Self::MAX_SECRETS).
#[derive(Debug)]
pub struct InputSource {
    name: String,
    rows: Rows,
    kept: Kept,
    size: usize,
}

/// The rows that an [`InputSource`] keeps.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Secrets>>);

impl InputSource {
    /// The maximum size of an S2S input in bytes: 64 MiB.
    pub const MAX_SECRETS: usize = 64 * 1024 * 1024;

    /// Creates a source of these rows; `name` is the input's, for people, and to recognize it when it is
    /// loaded again.
    #[must_use]
    pub fn new(name: impl Into<String>, rows: Rows) -> Self {
        Self {
            name: name.into(),
            rows,
            kept: Kept::default(),
            size: 0,
        }
    }

    /// Returns the rows that it keeps, which are there once the journal has loaded them.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.kept.clone()
    }
}

impl Kept {
    /// Returns the rows, for [`Runner::with_secrets`](crate::run::Runner::with_secrets).
    #[must_use]
    pub fn take(&self) -> Secrets {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Source for InputSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn next(&mut self) -> io::Result<Option<Row>> {
        if self.size > Self::MAX_SECRETS {
            let message = "it is larger than 64 MiB, the maximum of an S2S input. Split it";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.rows.read_row()
    }

    fn loaded(&mut self, reference: &Reference, state: State, row: ValidRow) {
        if let (Some(secret), Mode::S2s, false) = (row.secret, row.mode, state.is_final()) {
            let secret = Secret {
                row: secret,
                data: row.data.map(Zeroizing::new),
            };
            self.size += secret.len();
            let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((reference.clone(), secret));
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept([hidden])")
    }
}
