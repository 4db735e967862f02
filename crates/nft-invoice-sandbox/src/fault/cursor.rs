use std::ops::RangeInclusive;

use crate::fault::FaultError;
use crate::text::Span;

/// Reads a plan's text. Tokens may be preceded by white space and comments. What is read is written in its canonical form
/// at the same time, so that a new action needs a parser only.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    canonical: String,
}

/// A parser of what follows a word.
pub(super) type Read<T> = fn(&mut Cursor<'_>) -> Result<T, FaultError>;

/// More than any body the sandbox sends.
pub(super) const LARGEST_BODY: u32 = 1 << 30;

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            canonical: String::new(),
        }
    }

    /// The canonical form of everything so far, to look at it or to change it.
    pub(super) const fn canonical(&mut self) -> &mut String {
        &mut self.canonical
    }

    /// The position of the next token.
    pub(super) fn next(&self) -> usize {
        let mut at = self.at;
        loop {
            let rest = self.text[at..].trim_start();
            at = self.text.len() - rest.len();
            if !rest.starts_with('#') {
                return at;
            }
            at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    /// Whether a line break precedes the next token.
    pub(super) fn at_line_break(&self) -> bool {
        self.text[self.at..self.next()].contains('\n')
    }

    /// Advances to the next token.
    pub(super) fn skip_space(&mut self) {
        self.at = self.next();
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Advances by `length` bytes of [`rest`](Self::rest).
    pub(super) const fn advance(&mut self, length: usize) {
        self.at += length;
    }

    /// Skips a token, which the canonical form omits.
    pub(super) fn skip(&mut self, token: &str) -> bool {
        let next = self.next();
        let there = self.text[next..].starts_with(token);
        if there {
            self.at = next + token.len();
        }
        there
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let there = self.skip(token);
        self.canonical += if there { token } else { "" };
        there
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), FaultError> {
        match self.eat(token) {
            true => Ok(()),
            false => Err(self.error(format!("`{token}`"))),
        }
    }

    /// Reads an argument in parentheses.
    pub(super) fn argument<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FaultError>,
    ) -> Result<T, FaultError> {
        self.expect("(")?;
        let argument = read(self)?;
        self.expect(")")?;
        Ok(argument)
    }

    /// Reads the end of a range such as `2..4`. One value is a range, too.
    pub(super) fn end<T: Copy + PartialEq>(
        &mut self,
        from: T,
        read: impl FnOnce(&mut Self) -> Result<T, FaultError>,
    ) -> Result<T, FaultError> {
        let start = self.canonical.len();
        let to = match self.eat("..") {
            true => read(self)?,
            false => from,
        };
        if from == to {
            self.canonical.truncate(start);
        }
        Ok(to)
    }

    /// Reads one of the words of a table; the error lists them as `kind`.
    pub(super) fn choose<T>(
        &mut self,
        kind: &str,
        table: &'static [(&'static str, T)],
    ) -> Result<&'static (&'static str, T), FaultError> {
        let words: Vec<_> = table.iter().map(|(word, _)| *word).collect();
        let row = self.token(
            format!("{kind}: {}", words.join(", ")),
            |c| c.is_ascii_alphanumeric(),
            |text| table.iter().find(|(word, _)| *word == text),
        )?;
        self.canonical += row.0;
        Ok(row)
    }

    /// Reads decimal digits.
    pub(super) fn number(&mut self, within: RangeInclusive<u32>) -> Result<u32, FaultError> {
        let number = self.token(
            format!("a number from {} to {}", within.start(), within.end()),
            |c| c.is_ascii_digit(),
            |digits| digits.parse().ok().filter(|number| within.contains(number)),
        )?;
        self.canonical += &number.to_string();
        Ok(number)
    }

    pub(super) fn span(&mut self) -> Result<Span, FaultError> {
        let span = self.token(
            "a duration of up to 366d, such as 250ms, 2s, 10m, 1h or 3d",
            |c| c.is_ascii_alphanumeric(),
            Span::read,
        )?;
        self.canonical += &span.to_string();
        Ok(span)
    }

    /// Reads a duration that `fits`; the error names what is expected otherwise.
    pub(super) fn span_that(
        &mut self,
        fits: impl FnOnce(Span) -> bool,
        expected: impl Into<String>,
    ) -> Result<Span, FaultError> {
        let start = self.next();
        let span = self.span()?;
        match fits(span) {
            true => Ok(span),
            false => Err(self.error_at(start, expected)),
        }
    }

    /// Parses with `read` the characters up to the first one that `belongs` rejects. The caller writes the canonical form.
    pub(super) fn token<T>(
        &mut self,
        expected: impl Into<String>,
        belongs: impl Fn(char) -> bool,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, FaultError> {
        self.skip_space();
        let (start, rest) = (self.at, self.rest());
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.advance(length);
        read(&rest[..length]).ok_or_else(|| self.error_at(start, expected))
    }

    /// An error at the next token.
    pub(super) fn error(&self, expected: impl Into<String>) -> FaultError {
        self.error_at(self.next(), expected)
    }

    pub(super) fn error_at(&self, place: usize, expected: impl Into<String>) -> FaultError {
        let before = &self.text[..place];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        FaultError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            expected: expected.into(),
        }
    }
}
