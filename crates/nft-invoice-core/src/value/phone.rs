use crate::error::{Notes, ValueError, catalog};

text_field! {
    /// A phone number, national or international, sent as it was entered.
    ///
    /// 4 to 17 digits, with an optional leading `+` and spaces `.` `-` `(` `)` `/` between them, and at most one
    /// extension of 1 to 7 digits at the end: `x12`, `ext 12`, `ext. 12` or `;ext=12`. The extension's digits are
    /// not counted.
    Phone, Inside, digits,
    check: check,
    warn: warn,
}

fn check(text: &str) -> Result<(), ValueError> {
    let (number, _) = split(text);
    let after_plus = number.strip_prefix('+').unwrap_or(number);
    if !after_plus
        .bytes()
        .all(|b| b.is_ascii_digit() || b" .-()/".contains(&b))
    {
        return Err(ValueError::new(&catalog::PHONE_FORM));
    }
    match digits(number) {
        0..4 => Err(ValueError::new(&catalog::PHONE_TOO_SHORT).with(4_usize)),
        4..=17 => Ok(()),
        _ => Err(ValueError::new(&catalog::TOO_MANY_DIGITS).with(17_usize)),
    }
}

fn warn(text: &str, notes: &mut Notes<'_>) {
    let (number, extension) = split(text);
    if number.starts_with('+') && digits(number) > 15 {
        notes.warn_with(&catalog::PHONE_LONG, 15_usize);
    } else if extension.is_some() {
        notes.warn(&catalog::PHONE_EXTENSION);
    }
}

/// The number, and the digits of its extension.
fn split(text: &str) -> (&str, Option<&str>) {
    let without_digits = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let extension = &text[without_digits.len()..];
    let before = without_digits.trim_end_matches(' ');
    let mark = [";ext=", "ext.", "ext", "x"].into_iter().find(|mark| {
        let start = before.len().checked_sub(mark.len());
        start
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(mark))
    });
    match mark {
        Some(mark) if (1..=7).contains(&extension.len()) => (
            before[..before.len() - mark.len()].trim_end_matches(' '),
            Some(extension),
        ),
        _ => (text, None),
    }
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_numbers_of_any_country_with_an_extension() {
        use ErrorCode::{Malformed, TooLong, TooShort};
        for (text, code) in [
            ("020 7946 0018", None),
            ("+44 (20) 7946-0018", None),
            ("030/1234.56", None),
            ("+44\u{200b}20\u{a0}7946\u{2011}0018", None),
            ("020 7946 0018 x12", None),
            ("020 7946 0018EXT. 1234567", None),
            ("020 7946 0018;ext=12", None),
            ("+12345678901234567", None),
            ("1234", None),
            ("123", Some(TooShort)),
            ("12 x1234", Some(TooShort)),
            ("123456789012345678", Some(TooLong)),
            ("020+79460018", Some(Malformed)),
            ("++4420", Some(Malformed)),
            ("020 7946 0018 x", Some(Malformed)),
            ("020 7946 0018 x12345678", Some(Malformed)),
            ("020 7946 0018 x12 x13", Some(Malformed)),
            ("call me", Some(Malformed)),
            ("０２０７９４６", Some(Malformed)),
        ] {
            assert_eq!(
                text.parse::<Phone>().err().map(|error| error.code()),
                code,
                "{text}"
            );
        }
    }
}
