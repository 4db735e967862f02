use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
pub(super) use crate::text::span::Span;

/// The argument of a word, such as `2s` in `delay(2s)`.
pub(super) trait Argument: Sized {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError>;

    /// Writes the canonical form.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
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
