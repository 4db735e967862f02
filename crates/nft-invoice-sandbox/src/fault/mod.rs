//! Fault injection: the grammar of fault plans, and the counters that decide when a rule fires.
//!
//! | to add | declare it in | and its effect in |
//! |---|---|---|
//! | an action on calls | `call_action.rs` | `call_effects.rs` |
//! | an action on callbacks | `callback_action.rs` | `callback_effects.rs` |
//! | a gate | `gate.rs` | `gate.rs` |
//! | a key of a selector | `selector.rs` | `selector.rs`, and its scopes in `scope.rs` |
//! | a scope | `scope.rs` | `scope.rs` |
//!
//! The documentation of [`FaultPlan`] and the README list all of them.

mod action;
mod argument;
mod call_action;
mod call_effects;
mod callback_action;
mod callback_effects;
mod cursor;
mod error;
mod faults;
mod gate;
mod live_rule;
mod occasion;
mod plan;
mod scope;
mod selector;
mod words;

pub(crate) use call_effects::CallEffects;
pub(crate) use callback_effects::{CallbackEffects, CallbackMessage};
pub use error::FaultError;
pub(crate) use faults::Faults;
pub use live_rule::FaultRule;
pub(crate) use occasion::Occasion;
pub use plan::FaultPlan;
