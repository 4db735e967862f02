//! Text for people: redaction, references and durations.

pub(crate) mod redact;
pub(crate) mod reference;
pub(crate) mod span;
