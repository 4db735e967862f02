use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
pub(super) use crate::text::span::Span;

/// An argument of a word, such as `2s` in `delay(2s)`.
pub(super) trait Argument: Sized {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError>;

    /// Writes the canonical form.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Parses `tokens` and the argument.
    fn parse_after(tokens: &[&str], cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        tokens.iter().try_for_each(|token| cursor.expect(token))?;
        Self::parse(cursor)
    }

    fn write_after(&self, tokens: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tokens.iter().try_for_each(|token| f.write_str(token))?;
        self.write(f)
    }
}

/// An argument that is there if the first token in front of it is.
impl<T: Argument> Argument for Option<T> {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        T::parse(cursor).map(Some)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().map_or(Ok(()), |argument| argument.write(f))
    }

    fn parse_after(tokens: &[&str], cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        match tokens {
            [first, rest @ ..] if cursor.eat(first) => T::parse_after(rest, cursor).map(Some),
            _ => Ok(None),
        }
    }

    fn write_after(&self, tokens: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |argument: &T| argument.write_after(tokens, f);
        self.as_ref().map_or(Ok(()), write)
    }
}

/// A number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<const LEAST: u32, const MOST: u32>(pub(super) u32);

impl<const LEAST: u32, const MOST: u32> Argument for Number<LEAST, MOST> {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.number(LEAST..=MOST).map(Self)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A range such as `2..4`, with both ends, or one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range<T> {
    pub(super) from: T,
    pub(super) to: T,
}

/// An end of a [`Range`].
pub(super) trait Bound: Argument + Copy + PartialEq {
    fn parse_at_least(least: Self, cursor: &mut Cursor<'_>) -> Result<Self, FaultError>;
}

impl<T: Bound> Argument for Range<T> {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let from = T::parse(cursor)?;
        let to = match cursor.eat("..") {
            true => T::parse_at_least(from, cursor)?,
            false => from,
        };
        Ok(Self { from, to })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = (self.from != self.to).then_some(self.to);
        self.from.write(f)?;
        to.write_after(&[".."], f)
    }
}

impl<const LEAST: u32, const MOST: u32> Bound for Number<LEAST, MOST> {
    fn parse_at_least(least: Self, cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.number(least.0..=MOST).map(Self)
    }
}

impl Argument for Span {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.token(
            "a duration of up to 366d, such as 250ms, 2s, 10m, 1h or 3d",
            |c| c.is_ascii_alphanumeric(),
            Self::read,
        )
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Bound for Span {
    fn parse_at_least(least: Self, cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let span = Self::parse(cursor)?;
        match span >= least {
            true => Ok(span),
            false => Err(start.error(format!("a duration of {least} or more"))),
        }
    }
}
