//! Reading and showing text: JSON objects, references, durations, redaction.

mod json_members;
mod parse_error;
mod redact;
pub(crate) mod reference;
mod span;

pub(crate) use json_members::{Members, text_of};
pub use parse_error::ParseError;
pub(crate) use redact::redact;
pub(crate) use span::Span;
