//! Looks for card numbers where they do not belong. Nothing is copied that could hold one.

use zeroize::Zeroizing;

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
        let own = |text: &[u8]| self.own.iter().any(|number| holds(text, number));
        own(text.as_bytes())
            || (text.contains(['%', '+']) && own(&percent_decoded(text)))
            || (self.any && holds_any(text))
    }
}

/// The digits to look for, if `text` can be meant as a card number.
pub(crate) fn suspect(text: &str) -> Option<Zeroizing<String>> {
    digits(text).filter(|digits| (8..=19).contains(&digits.len()) && !is_zero(digits.as_bytes()))
}

/// `text` as a URL's query means it, in memory that is wiped.
fn percent_decoded(text: &str) -> Zeroizing<Vec<u8>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |at: usize| {
            after
                .get(at)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        decoded.push(match (first, hex(0), hex(1)) {
            // Two hexadecimal digits fit in a byte.
            (b'%', Some(high), Some(low)) => (high * 16 + low) as u8,
            (b'+', ..) => b' ',
            _ => *first,
        });
        let is_escape = *first == b'%' && hex(0).is_some() && hex(1).is_some();
        rest = if is_escape { &after[2..] } else { after };
    }
    decoded
}

/// Whether `text`, less ASCII spaces and hyphens, holds `number`.
fn holds(text: &[u8], number: &str) -> bool {
    (0..text.len()).any(|start| {
        let mut rest = text[start..].iter().filter(|b| !is_separator(**b));
        // A separator in front would only repeat the next start.
        !is_separator(text[start]) && number.bytes().all(|digit| rest.next() == Some(&digit))
    })
}

/// Whether `text` holds digits that check as a card number: all that stand together, whatever the ASCII
/// spaces and hyphens between them; an unbroken group; or neighbouring groups as cards print them.
///
/// Any other choice of neighbours would take one in ten account numbers and lists of phones for a card.
fn holds_any(text: &str) -> bool {
    let mut groups: Vec<&[u8]> = Vec::new();
    let together = text
        .as_bytes()
        .split(|b| !b.is_ascii_digit() && !is_separator(*b));
    together.into_iter().any(|together| {
        groups.clear();
        groups.extend(
            together
                .split(|b| is_separator(*b))
                .filter(|group| !group.is_empty()),
        );
        checks(&groups)
            || groups.iter().any(|group| checks(&[group]))
            || printed_as_a_card(&groups).any(checks)
    })
}

/// The runs of `groups` that are split like a card: 4-4-4-4, that with 1 to 3 more, 4-6-5 and 4-6-4. Longer
/// rows of fours are something else.
fn printed_as_a_card<'g, 't>(groups: &'g [&'t [u8]]) -> impl Iterator<Item = &'g [&'t [u8]]> {
    (0..groups.len()).flat_map(move |start| {
        let lengths = |from: usize| groups[from..].iter().map(|group| group.len());
        let fours = lengths(start).take_while(|length| *length == 4).count();
        let follows_four = start > 0 && groups[start - 1].len() == 4;
        let mut ends = [None; 2];
        if fours == 4 && !follows_four {
            ends[0] = Some(4);
            ends[1] = groups
                .get(start + 4)
                .filter(|group| group.len() < 4)
                .map(|_| 5);
        }
        if lengths(start).take(2).eq([4, 6])
            && groups
                .get(start + 2)
                .is_some_and(|g| (4..=5).contains(&g.len()))
        {
            ends[0] = Some(3);
        }
        ends.into_iter()
            .flatten()
            .map(move |count| &groups[start..start + count])
    })
}

/// Whether the digits of `groups` are 13 to 19, not all zeros, and end in the right check digit.
fn checks(groups: &[&[u8]]) -> bool {
    let length: usize = groups.iter().map(|group| group.len()).sum();
    if !(13..=19).contains(&length) {
        return false;
    }
    let mut digits = Zeroizing::new([0_u8; 19]);
    for (place, digit) in digits.iter_mut().zip(groups.iter().copied().flatten()) {
        *place = *digit;
    }
    !is_zero(&digits[..length]) && has_check_digit(&digits[..length])
}

fn is_separator(byte: u8) -> bool {
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
            ("https://x.y/?n=4242%204242%2D4242+4242", true),
            ("%342424242424242%342", true),
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
            ("5555-5555-5555-4444 12/27", true),
            ("3782 822463 10005", true),
            ("ref 7 3782-822463-10005 0", true),
            ("5555555555554444 7", true),
            ("5 5 5 5 5 5 5 5 5 5 5 5 4 4 4 4", true),
            ("key 5555-5555-5555-4444-5555", false),
            ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", false),
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
