use crate::advice::{Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// A telephone number, national or international, sent as it was written.
pub struct Phone(String);

opaque_debug!(Phone);

impl Phone {
    /// Takes 4 to 17 digits, a leading `+`, and space `.` `-` `(` `)` `/` between.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` for another character, `too_short`, `too_long`.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        let national = text.strip_prefix('+').unwrap_or(text);
        if !national
            .bytes()
            .all(|b| b.is_ascii_digit() || b" .-()/".contains(&b))
        {
            return Err(Fault::new(
                ProblemCode::Malformed,
                "digits, a + in front, and space . - ( ) / between them",
            ));
        }
        match digits(text) {
            0..4 => Err(Fault::new(ProblemCode::TooShort, "at least 4 digits")),
            4..=17 => Ok(Self(text.to_owned())),
            _ => Err(Fault::new(ProblemCode::TooLong, "at most 17 digits")),
        }
    }

    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        (self.0.starts_with('+') && digits(&self.0) > 15)
            .then(|| unusual("an international number has at most 15 digits (ITU-T E.164)"))
    }
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        use ProblemCode::{Malformed, Required, TooLong, TooShort};
        for (text, expected) in [
            ("020 7946 0018", None),
            ("+1 (415) 555-0100", None),
            ("030/901820", None),
            ("1234", None),
            ("+12345678901234567", None),
            ("", Some(Required)),
            ("123", Some(TooShort)),
            ("+", Some(TooShort)),
            ("123456789012345678", Some(TooLong)),
            ("++4415", Some(Malformed)),
            (" +4415", Some(Malformed)),
            ("4415+", Some(Malformed)),
            ("0800-FLOWERS", Some(Malformed)),
            ("0800 1234 ext 5", Some(Malformed)),
            ("٠١٢٣", Some(Malformed)),
        ] {
            assert_eq!(Phone::new(text).err().map(|f| f.code()), expected, "{text}");
        }
    }

    #[test]
    fn remarked_on_over_15_international_digits() {
        assert!(Phone::new("+1234567890123456").unwrap().remark().is_some());
        assert!(Phone::new("+123456789012345").unwrap().remark().is_none());
        assert!(Phone::new("1234567890123456").unwrap().remark().is_none());
    }
}
