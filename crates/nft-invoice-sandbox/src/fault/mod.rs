//! Fault injection: the grammar of fault plans, and the counters that decide when a rule fires.

mod action;
mod call_action;
mod call_effects;
mod cursor;
mod error;
mod faults;
mod gate;
mod hook_action;
mod hook_effects;
mod hook_message;
mod live_rule;
mod moment;
mod occasion;
mod plan;
mod rule;
mod scope;
mod selector;
mod span;

pub(crate) use call_effects::CallEffects;
pub use error::FaultError;
pub use faults::FaultRule;
pub(crate) use faults::Faults;
pub(crate) use hook_effects::HookEffects;
pub(crate) use hook_message::HookMessage;
pub(crate) use occasion::Occasion;
pub use plan::FaultPlan;
