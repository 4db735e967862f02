/// A line and column, both from 1. The column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// The position of byte `at` of `input`, which need not be UTF-8.
    pub(crate) fn of(input: &[u8], at: usize) -> Self {
        let before = &input[..at.min(input.len())];
        let line_start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |n| n + 1);
        let is_continuation = |b: &&u8| **b & 0b1100_0000 == 0b1000_0000;
        let line = &before[line_start..];
        Self {
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            column: line.len() - line.iter().filter(is_continuation).count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        for (input, at, line, column) in [
            ("", 0, 1, 1),
            ("ab", 1, 1, 2),
            ("a\nb", 2, 2, 1),
            ("é\néx", 5, 2, 2),
            ("a", 9, 1, 2),
        ] {
            let found = Position::of(input.as_bytes(), at);
            assert_eq!(found, Position { line, column }, "{input:?} at {at}");
        }
    }
}
