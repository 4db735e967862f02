//! Reading and showing text: JSON objects, references, durations, redaction.

pub(crate) mod members;
pub(crate) mod parse_error;
pub(crate) mod redact;
pub(crate) mod reference;
pub(crate) mod span;
