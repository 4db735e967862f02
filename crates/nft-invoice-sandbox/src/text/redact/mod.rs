mod card_numbers;
mod secret_fields;

use std::borrow::Cow;

use card_numbers::hide_card_numbers;
use secret_fields::hide_fields;

/// Masks card numbers and the values of fields that are named like a secret. The text does not have to be JSON, and JSON
/// inside strings is masked too.
pub(crate) fn redact(text: &str) -> String {
    hide_card_numbers(&hide_fields(&plain(text)))
}

/// Decodes `\u0034` escapes of printable ASCII characters.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u00") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find("\\u00") {
        let code = rest.get(place + 4..place + 6);
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push_str(&rest[..place]);
        match code.filter(|code| (b' '..=b'~').contains(code) && !b"\"\\".contains(code)) {
            Some(code) => {
                // In JSON inside a string, the backslash is preceded by others.
                plain.truncate(plain.trim_end_matches('\\').len());
                plain.push(char::from(code));
                rest = &rest[place + 6..];
            }
            None => {
                plain.push_str("\\u00");
                rest = &rest[place + 4..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
