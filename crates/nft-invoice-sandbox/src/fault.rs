//! Faults: a grammar that says what goes wrong and when, and the state that decides it.

mod action;
mod call_action;
mod cursor;
mod error;
mod gate;
mod hook_action;
mod moment;
mod plan;
mod rule;
mod scope;
mod selector;
mod span;

pub use error::FaultError;
pub use plan::FaultPlan;
