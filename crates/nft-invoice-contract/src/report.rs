use std::fmt;
use std::time::Duration;

/// The result of a run: a line for each row and scheme. `Display` prints a table.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) lines: Vec<Line>,
}

/// The result of one row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// The [row](crate::Row)'s name.
    pub name: &'static str,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The correct outcome.
    pub expected: String,
    /// What the transport reported and what the server received.
    pub seen: String,
    /// How long the row took, with its server and the transport's end.
    pub took: Duration,
    /// How this breaks the contract; empty if it does not.
    pub problems: Vec<String>,
}

impl Report {
    /// Returns all lines, in the order of the table.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns the lines with problems.
    pub fn failures(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.problems.is_empty())
    }

    /// Returns whether the transport keeps the contract.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Asserts that the transport keeps the contract.
    ///
    /// # Panics
    ///
    /// If a row failed. The message lists each failed row and its problems.
    pub fn assert(&self) {
        let failed: Vec<String> = self.failures().map(ToString::to_string).collect();
        assert!(
            failed.is_empty(),
            "{} of {} rows break the transport's contract\n{}",
            failed.len(),
            self.lines.len(),
            failed.join("\n")
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> &str| self.lines.iter().map(|l| of(l).len()).max();
        let name = width(|line| line.name).unwrap_or_default();
        let expected = width(|line| &line.expected).unwrap_or_default();
        for line in &self.lines {
            let verdict = if line.problems.is_empty() {
                "ok"
            } else {
                "FAILED"
            };
            writeln!(
                f,
                "{verdict:6}  {:5}  {:5.1} s  {:name$}  {:expected$}  {}",
                line.scheme,
                line.took.as_secs_f32(),
                line.name,
                line.expected,
                line.seen
            )?;
            for problem in &line.problems {
                writeln!(f, "        {problem}")?;
            }
        }
        let failed = self.failures().count();
        write!(f, "{} rows, {failed} failed", self.lines.len())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: ", self.scheme, self.name)?;
        if self.problems.is_empty() {
            f.write_str(&self.seen)
        } else {
            f.write_str(&self.problems.join("; "))
        }
    }
}
