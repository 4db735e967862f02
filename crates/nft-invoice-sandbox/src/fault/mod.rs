//! Fault injection: the grammar of fault plans, and the counters that decide when a rule fires.
//!
//! To add an action, a gate, a scope or a key of a condition, add a row to the table in its file:
//!
//! | to add | file |
//! |---|---|
//! | an action on calls | `call_actions.rs` |
//! | an action on callbacks | `callback_actions.rs` |
//! | a gate | `gate.rs` |
//! | a scope, or a key of a condition | `scope.rs` |
//!
//! The README, which is the documentation of the crate, lists all of them.

mod call_actions;
mod callback_actions;
mod cursor;
mod error;
mod gate;
mod plan;
mod rules;
mod scope;

pub(crate) use call_actions::CallEffects;
pub(crate) use callback_actions::{CallbackEffects, CallbackMessage};
pub use error::FaultError;
pub use plan::FaultPlan;
pub use rules::FaultRule;
pub(crate) use rules::Faults;
pub(crate) use scope::Occasion;
