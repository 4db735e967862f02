use thiserror::Error;

/// A syntax error in a fault plan: its position, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}column {column}: expected {expected}", line_prefix(*line))]
#[non_exhaustive]
pub struct FaultError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was expected at this position.
    pub expected: String,
}

/// Omits the line number for the first line, because most plans have one line.
fn line_prefix(line: usize) -> String {
    match line {
        1 => String::new(),
        line => format!("line {line}, "),
    }
}
