use std::fmt;
use std::time::Duration;

use nft_invoice::Reference;

use crate::journal::Counts;
use crate::lifecycle::{Outcome, State};

/// What a run has reached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// How many rows are in each state.
    pub counts: Counts,
    /// Why the run ended before every row was sent; `None` if none is left to be sent.
    pub halt: Option<Halt>,
}

/// Why a run ended before every row was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Halt {
    /// It was asked to stop.
    Stopped,
    /// The gateway rejects every invoice of the account.
    Account {
        /// The gateway's code.
        code: i64,
        /// What it means.
        reason: String,
    },
    /// Too many outcomes are unknown.
    Breaker,
    /// Nothing could be sent for too long.
    Unreachable {
        /// How long.
        time: Duration,
        /// The last reason.
        reason: String,
    },
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped on request"),
            Self::Account { reason, .. } => write!(
                f,
                "the gateway rejects every invoice of this account: {reason}"
            ),
            Self::Breaker => f.write_str("too many outcomes are unknown"),
            Self::Unreachable { time, reason } => {
                write!(
                    f,
                    "nothing could be sent for {} s: {reason}",
                    time.as_secs()
                )
            }
        }
    }
}

/// What became of a row, for [`Runner::run`](super::Runner::run)'s observer. The link is not in it: `export` releases it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RowOutcome {
    /// The row.
    pub reference: Reference,
    /// The line of the input in which it begins.
    pub line: u64,
    /// How the request ended.
    pub outcome: Outcome,
    /// The row's state now.
    pub state: State,
    /// Why, if it was not created.
    pub reason: Option<String>,
    /// Whether nothing can be sent: at least two attempts failed, a pause apart, and nothing has succeeded since the first.
    pub is_unreachable: bool,
}
