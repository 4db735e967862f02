//! x
#![forbid(unsafe_code)]

mod amount;
mod date;
mod json;
mod mode;
mod problem;

pub use amount::Amount;
pub use date::Date;
pub use mode::Mode;
pub use problem::{Fault, Problem, ProblemCode, Problems};
