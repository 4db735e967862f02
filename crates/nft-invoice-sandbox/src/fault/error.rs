use std::fmt;

use thiserror::Error;

/// Where a fault plan cannot be read, and what would have been right there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}column {column}: expected {expected}", LinePrefix(*line))]
pub struct FaultError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) expected: String,
}

impl FaultError {
    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The place in the line, in characters, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What the plan should have gone on with.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

/// Most plans are one line, and need no number for it.
struct LinePrefix(usize);

impl fmt::Display for LinePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => Ok(()),
            line => write!(f, "line {line}, "),
        }
    }
}
