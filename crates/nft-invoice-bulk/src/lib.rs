#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod input;
pub mod journal;
mod key;
pub mod lifecycle;
pub mod reconcile;
pub mod run;
mod tag;

pub use key::{JournalKey, RowHash};
