//! Looks for card numbers where they do not belong. Nothing is copied that could hold one.

use crate::card_number::{digits, has_check_digit};
use crate::json::{self, Kind, Token};

/// What counts as a card number.
#[derive(Clone, Copy)]
pub(crate) struct Suspects<'a> {
    /// These digits, the card numbers of the invoice itself.
    pub(crate) own: &'a [&'a str],
    /// Any run of 13 to 19 digits with a right check digit.
    pub(crate) any: bool,
}

impl Suspects<'_> {
    /// Whether `text` holds one. Text that is JSON is looked into.
    pub(crate) fn in_text(self, text: &str) -> bool {
        self.in_nested_text(text, 3)
    }

    /// Whether a name, text or number in `raw`, a JSON value that has passed, holds one.
    pub(crate) fn in_json(self, raw: &str) -> bool {
        self.in_nested_json(raw, 3)
    }

    fn in_nested_json(self, raw: &str, levels: u8) -> bool {
        json::tokens(raw).any(|token| match token {
            Token::Name(raw) | Token::Text(raw) => match json::unescape(raw) {
                Some(text) => self.in_nested_text(&text, levels),
                None => self.in_line(raw),
            },
            Token::Number(digits) => self.in_line(digits),
            _ => false,
        })
    }

    fn in_nested_text(self, text: &str, levels: u8) -> bool {
        if self.in_line(text) {
            return true;
        }
        let nested = text.trim_start().starts_with(['{', '[', '"']) && levels > 0;
        nested
            && json::value(text).is_ok_and(|raw| {
                matches!(json::kind(raw), Kind::Object | Kind::Array | Kind::String)
                    && self.in_nested_json(raw, levels - 1)
            })
    }

    fn in_line(self, text: &str) -> bool {
        self.own.iter().any(|number| holds(text, number)) || (self.any && holds_any(text))
    }
}

/// The digits to look for, if `text` can be meant as a card number.
pub(crate) fn suspect(text: &str) -> Option<zeroize::Zeroizing<String>> {
    digits(text).filter(|digits| (8..=19).contains(&digits.len()) && !is_zero(digits.as_bytes()))
}

/// Whether `text`, less ASCII spaces and hyphens, holds `number`.
fn holds(text: &str, number: &str) -> bool {
    let text = text.as_bytes();
    (0..text.len()).any(|start| {
        let mut rest = text[start..].iter().filter(|b| !is_separator(b));
        // A separator in front would only repeat the next start.
        !is_separator(&text[start]) && number.bytes().all(|digit| rest.next() == Some(&digit))
    })
}

/// Whether a run of digits in `text`, cut at any of its separators, has 13 to 19 digits and checks.
fn holds_any(text: &str) -> bool {
    let text = text.as_bytes();
    let starts_group =
        |at: usize| text[at].is_ascii_digit() && (at == 0 || !text[at - 1].is_ascii_digit());
    (0..text.len()).filter(|at| starts_group(*at)).any(|start| {
        let mut run = zeroize::Zeroizing::new([0_u8; 19]);
        let mut length = 0;
        for (at, byte) in text.iter().enumerate().skip(start) {
            if is_separator(byte) {
                continue;
            }
            if !byte.is_ascii_digit() || length == run.len() {
                break;
            }
            run[length] = *byte;
            length += 1;
            let ends_group = !text.get(at + 1).is_some_and(u8::is_ascii_digit);
            let run = &run[..length];
            if ends_group && length >= 13 && !is_zero(run) && has_check_digit(run) {
                return true;
            }
        }
        false
    })
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b' ' | b'-')
}

fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "4242424242424242";

    #[test]
    fn the_invoice_s_own_number_is_found_anywhere() {
        let own = Suspects {
            own: &[CARD],
            any: false,
        };
        for (text, found) in [
            ("4242424242424242", true),
            ("paid with 4242 4242-4242 4242 today", true),
            ("https://x.y/?n=4242424242424242", true),
            ("994242424242424242", true),
            (r#"{"a":["\u0034242424242424242"]}"#, true),
            (r#"{"4242424242424242":1}"#, true),
            (r#"{"a":4242424242424242}"#, true),
            (r#""{\"a\":\"\\u00342424242424242 42\"}""#, true),
            ("4242.4242.4242.4242", false),
            ("424242424242424", false),
            ("5555555555554444", false),
        ] {
            assert_eq!(own.in_text(text), found, "{text}");
        }
    }

    #[test]
    fn any_number_that_checks_is_found_between_groups() {
        let any = Suspects {
            own: &[],
            any: true,
        };
        for (text, found) in [
            ("5555555555554444", true),
            ("order 12345 5555 5555 5555 4444", true),
            ("378282246310005", true),
            ("5555555555554445", false),
            ("555555555555444412345678", false),
            ("00000000-0000-0000-0000-000000000000", false),
            ("no digits", false),
            ("", false),
        ] {
            assert_eq!(any.in_text(text), found, "{text}");
        }
    }
}
