use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
pub(super) use crate::text::span::Span;

impl Span {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let text = cursor.run(|c| c.is_ascii_alphanumeric());
        Self::read(text).ok_or_else(|| {
            start.error("a duration of up to 366d, such as 250ms, 2s, 10m, 1h or 3d")
        })
    }

    /// Parses a duration above zero.
    pub(super) fn parse_positive(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        match Self::parse(cursor)? {
            span if span.milliseconds() == 0 => Err(start.error("a duration above zero")),
            span => Ok(span),
        }
    }
}
