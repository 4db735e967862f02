use thiserror::Error;

/// A syntax error in a fault plan: its position, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}column {column}: expected {expected}", line_prefix(*line))]
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
fn line_prefix(line: usize) -> String {
    match line {
        1 => String::new(),
        line => format!("line {line}, "),
    }
}
