//! The life cycle of a row, without I/O: which event leads from which state to which.
//!
//! The runner, the journals and the model in the tests use this module and nothing beside it, so what the model proves
//! holds for what is stored.
//!
//! A row is sent in *epochs*, numbered from 1. Each epoch is claimed by one owner and is at most one request. An event
//! of an epoch changes the row's state only while that epoch is the row's last; evidence that an invoice exists counts
//! at any time.

mod event;
mod evidence;
mod progress;
mod state;

pub use event::{Event, NotApplied, Outcome};
pub use evidence::{Evidence, Sighting};
pub use progress::{MAX_UNANSWERED, Progress};
pub use state::State;
