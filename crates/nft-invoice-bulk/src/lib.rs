#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod decide;
mod export;
pub mod input;
pub mod journal;
mod key;
mod key_file;
pub mod lifecycle;
mod planted;
mod private_file;
pub mod reconcile;
pub mod report;
pub mod run;
mod tag;

pub use decide::{Decision, DecisionError, UnknownRows, decide};
pub use export::{ExportError, export};
pub use key::{JournalKey, RowHash};
