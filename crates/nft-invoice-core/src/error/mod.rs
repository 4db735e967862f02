//! What is reported of an invoice: codes, messages with their parameters, errors and warnings.

mod code;
mod message;
mod notes;
mod validation;
mod value_error;

/// Every message as data: a translation needs only these.
pub(crate) mod catalog;

pub use code::{ErrorCode, WarningCode};
pub use message::{MessageTemplate, ParamValue, Params, message_templates};
pub use notes::Notes;
pub use validation::{ValidationError, ValidationErrors, Warning};
pub use value_error::ValueError;
