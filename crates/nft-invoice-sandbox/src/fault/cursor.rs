use std::ops::RangeInclusive;

use crate::fault::FaultError;
use crate::fault::words::Word;

/// A position in a plan's text. Tokens may be preceded by white space and comments.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Skips white space and comments, and returns whether they contain a line break.
    pub(super) fn skip(&mut self) -> bool {
        let start = self.at;
        loop {
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if !rest.starts_with('#') {
                return self.text[start..self.at].contains('\n');
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip();
        self.rest().is_empty()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let mut place = self.clone();
        place.skip();
        let there = place.rest().starts_with(token);
        // An empty token leaves the white space, because a line break separates rules.
        if there && !token.is_empty() {
            self.at = place.at + token.len();
        }
        there
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), FaultError> {
        match self.eat(token) {
            true => Ok(()),
            false => Err(self.error(format!("`{token}`"))),
        }
    }

    /// The characters up to the first one that `belongs` rejects.
    pub(super) fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        self.skip();
        let rest = self.rest();
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Parses with `read` the characters up to the first one that `belongs` rejects.
    pub(super) fn token<T>(
        &mut self,
        expected: impl Into<String>,
        belongs: impl Fn(char) -> bool,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, FaultError> {
        let start = self.clone();
        read(self.run(belongs)).ok_or_else(|| start.error(expected))
    }

    /// Parses one of `words`; the error lists them as `kind`.
    pub(super) fn choose<'w, T>(
        &mut self,
        kind: &str,
        words: impl Iterator<Item = &'w Word<T>> + Clone,
    ) -> Result<&'w Word<T>, FaultError> {
        let all: Vec<_> = words.clone().map(|word| word.text).collect();
        self.token(
            format!("{kind}: {}", all.join(", ")),
            |c| c.is_ascii_alphanumeric(),
            |text| words.clone().find(|word| word.text == text),
        )
    }

    /// Decimal digits.
    pub(super) fn number(&mut self, within: RangeInclusive<u32>) -> Result<u32, FaultError> {
        self.token(
            format!("a number from {} to {}", within.start(), within.end()),
            |c| c.is_ascii_digit(),
            |digits| digits.parse().ok().filter(|number| within.contains(number)),
        )
    }

    /// An error at the next token.
    pub(super) fn error(&self, expected: impl Into<String>) -> FaultError {
        let mut place = self.clone();
        place.skip();
        let before = &self.text[..place.at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        FaultError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            expected: expected.into(),
        }
    }

    /// Advances by `length` bytes of [`rest`](Self::rest).
    pub(super) fn advance(&mut self, length: usize) {
        self.at += length;
    }
}
