//! Fields that are one line of text with a limit.

use crate::error::{Notes, ValueError, catalog};

text_field! {
    /// The cardholder's name: one line of up to 255 characters without control characters.
    CardholderName, Around, text,
    check: |text: &str| one_line(text, CardholderName::MAX),
    warn: warn_name,
}

text_field! {
    /// A line of an address, or a city: one line of up to 255 characters without control characters.
    AddressLine, Around, text,
    check: |text: &str| one_line(text, AddressLine::MAX),
    warn: |_: &str, _: &mut Notes<'_>| {},
}

text_field! {
    /// A postal code of any country: up to 32 characters without control characters.
    PostalCode, Around, digits,
    check: |text: &str| one_line(text, PostalCode::MAX),
    warn: |_: &str, _: &mut Notes<'_>| {},
}

impl CardholderName {
    /// The maximum length in characters.
    pub const MAX: usize = 255;
}

impl AddressLine {
    /// The maximum length in characters.
    pub const MAX: usize = 255;
}

impl PostalCode {
    /// The maximum length in characters.
    pub const MAX: usize = 32;
}

/// The most characters of a name that a card holds (ISO/IEC 7813).
const ON_A_CARD: usize = 26;

fn warn_name(name: &str, notes: &mut Notes<'_>) {
    let mut run = 0;
    let has_many_digits = name.chars().any(|c| {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        run == 8
    });
    if has_many_digits {
        notes.warn(&catalog::NAME_DIGITS);
    } else if name.chars().count() > ON_A_CARD {
        notes.warn_with(&catalog::NAME_LONG, ON_A_CARD);
    }
}

fn one_line(text: &str, max: usize) -> Result<(), ValueError> {
    if !text.bytes().all(|b| (b' '..0x7F).contains(&b)) && text.contains(char::is_control) {
        return Err(ValueError::new(&catalog::CONTROL_CHARACTER));
    }
    at_most(text, max)
}

/// Refuses more than `max` characters.
pub(super) fn at_most(text: &str, max: usize) -> Result<(), ValueError> {
    // A character has at least one octet.
    if text.len() > max && text.chars().count() > max {
        return Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(max));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::value::Description;

    #[test]
    fn limits_count_characters_not_octets() {
        use ErrorCode::{Malformed, Required, TooLong};
        let long = |n| "é".repeat(n);
        for (text, code) in [
            (long(255), None),
            (long(256), Some(TooLong)),
            ("".into(), Some(Required)),
            (" \u{3000}\t\u{200b}".into(), Some(Required)),
            ("a\nb".into(), Some(Malformed)),
            ("a\u{85}b".into(), Some(Malformed)),
            ("a\n".into(), None),
            ("O’Brien-Łukasz".into(), None),
        ] {
            assert_eq!(
                text.parse::<AddressLine>().err().map(|error| error.code()),
                code,
                "{text:?}"
            );
        }
        assert!(long(32).parse::<PostalCode>().is_ok() && long(33).parse::<PostalCode>().is_err());
        assert!(
            long(4096).parse::<Description>().is_ok() && long(4097).parse::<Description>().is_err()
        );
        assert!("a\nb\u{0}".parse::<Description>().is_ok());
    }
}
