use std::fmt;

use thiserror::Error;

/// A syntax error in a fault plan: its position, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}column {column}: expected {expected}", LinePrefix(*line))]
pub struct FaultError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) expected: String,
}

impl FaultError {
    /// Returns the line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Returns the column in characters, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// Returns what was expected at this position.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

/// Omits the line number for the first line, because most plans have one line.
struct LinePrefix(usize);

impl fmt::Display for LinePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => Ok(()),
            line => write!(f, "line {line}, "),
        }
    }
}
