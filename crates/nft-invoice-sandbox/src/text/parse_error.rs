use std::borrow::Cow;

use thiserror::Error;

/// A text that is not in the expected form. The message says what is expected, and does not repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {0}")]
pub struct ParseError(Cow<'static, str>);

impl ParseError {
    pub(crate) fn expected(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }
}
