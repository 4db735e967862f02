//! Sends the rows of a journal, each at most once at a time.

mod attempt;
mod breaker;
mod pace;
mod runner;
mod summary;

pub(crate) use attempt::concerns_account;
pub use breaker::BreakerOptions;
pub use runner::{RunOptions, Runner, Secret, Secrets, Stop};
pub use summary::{Halt, RowOutcome, Summary};
