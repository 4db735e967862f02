//! Members that are free text with a limit.

use crate::advice::{Remark, unusual};
use crate::problem::{Fault, ProblemCode};

/// One line of text, up to 255 characters without control characters: the cardholder's name, an address
/// line, a city.
pub struct Line(String);

impl Line {
    /// The longest, in characters.
    pub const MAX: usize = 255;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` with control characters, `too_long` over 255 characters.
    pub fn new(text: &str) -> Result<Self, Fault> {
        one_line(text, Self::MAX, "at most 255 characters").map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is odd about this line as a cardholder's name.
    pub(crate) fn name_remark(&self) -> Option<Remark> {
        let mut run = 0;
        let digits = self.0.chars().any(|c| {
            run = if c.is_ascii_digit() { run + 1 } else { 0 };
            run == 8
        });
        if digits {
            return Some(unusual("a name with 8 or more digits in a row"));
        }
        (self.0.chars().count() > 26).then(|| {
            unusual("cards carry names of up to 26 characters (ISO/IEC 7813); the gateway may cut this one")
        })
    }
}

/// A postal code of any country, up to 32 characters without control characters.
pub struct Postcode(String);

impl Postcode {
    /// The longest, in characters.
    pub const MAX: usize = 32;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` with control characters, `too_long` over 32 characters.
    pub fn new(text: &str) -> Result<Self, Fault> {
        one_line(text, Self::MAX, "at most 32 characters").map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The description of an NFT, up to 4096 characters.
pub struct Description(String);

impl Description {
    /// The longest, in characters.
    pub const MAX: usize = 4096;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank, `too_long` over 4096 characters.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        at_most(text, Self::MAX, "at most 4096 characters")?;
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        self.0
            .contains(|c: char| c.is_control() && c != '\n' && c != '\t')
            .then(|| unusual("control characters other than line feed and tab"))
    }
}

/// Refuses what counts as missing.
pub(crate) fn not_blank(text: &str) -> Result<(), Fault> {
    if is_blank(text) {
        return Err(required());
    }
    Ok(())
}

/// Whether `text` is empty or nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// What is said of a member that the mode needs and that is not there.
pub(crate) fn required() -> Fault {
    Fault::new(ProblemCode::Required, "this member is needed")
}

fn one_line(text: &str, max: usize, limit: &'static str) -> Result<String, Fault> {
    not_blank(text)?;
    if text.contains(char::is_control) {
        return Err(Fault::new(
            ProblemCode::Malformed,
            "one line of text: no line breaks, tabs or other control characters",
        ));
    }
    at_most(text, max, limit)?;
    Ok(text.to_owned())
}

fn at_most(text: &str, max: usize, limit: &'static str) -> Result<(), Fault> {
    // Characters are at least an octet each.
    if text.len() > max && text.chars().count() > max {
        return Err(Fault::new(ProblemCode::TooLong, limit));
    }
    Ok(())
}

/// `Debug` that names the type and shows nothing of what it holds.
macro_rules! opaque_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}
pub(crate) use opaque_debug;

opaque_debug!(Line, Postcode, Description);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_not_octets() {
        use ProblemCode::{Malformed, Required, TooLong};
        let long = |n| "é".repeat(n);
        for (text, expected) in [
            (long(255), None),
            (long(256), Some(TooLong)),
            ("".into(), Some(Required)),
            (" \u{3000}\t".into(), Some(Required)),
            ("a\nb".into(), Some(Malformed)),
            ("a\u{85}b".into(), Some(Malformed)),
            ("O’Brien-Łukasz".into(), None),
        ] {
            assert_eq!(
                Line::new(&text).err().map(|f| f.code()),
                expected,
                "{text:?}"
            );
        }
        assert!(Postcode::new(&long(32)).is_ok() && Postcode::new(&long(33)).is_err());
        assert!(Description::new(&long(4096)).is_ok() && Description::new(&long(4097)).is_err());
        assert!(Description::new("a\u{0}b").unwrap().remark().is_some());
        assert!(Description::new("a\n\tb").unwrap().remark().is_none());
    }

    #[test]
    fn a_name_is_remarked_on_from_27_characters_or_8_digits() {
        for (name, remarked) in [
            ("x".repeat(26), false),
            ("x".repeat(27), true),
            ("John 1234567".into(), false),
            ("John 12345678".into(), true),
        ] {
            assert_eq!(
                Line::new(&name).unwrap().name_remark().is_some(),
                remarked,
                "{name}"
            );
        }
    }
}
