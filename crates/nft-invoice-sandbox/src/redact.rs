use std::borrow::Cow;

/// What stands where something is not shown.
const MASK: &str = "******";

/// Text from outside as it may be shown: without card numbers, and without the values of members that are named like a
/// secret. It need not be JSON, and what is JSON inside of a string is read too.
pub(crate) fn redact(text: &str) -> String {
    hide_card_numbers(&hide_members(&plain(text)))
}

/// Digits and letters that were written as `\u0034` as what they are.
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
                // In JSON that stands in a string, the backslash has others before it.
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

/// How the names of secrets end, in lower case and without `_` and `-`.
const ENDINGS: [&str; 14] = [
    "cardnumber",
    "cardno",
    "ccnumber",
    "cardccv",
    "cardcvv",
    "cardcvc",
    "cardcode",
    "securitycode",
    "verificationcode",
    "apikey",
    "authorization",
    "password",
    "secret",
    "accesstoken",
];

/// Those that are too short to be looked for at the end of others.
const NAMES: [&str; 8] = ["pan", "pin", "ccv", "cvv", "cvc", "csc", "cvv2", "cvc2"];

fn hide_members(text: &str) -> String {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(of_name) {
        let length = rest[start..].find(|c| !of_name(c));
        let end = length.map_or(rest.len(), |length| start + length);
        let name = &rest[start..end];
        shown.push_str(&rest[..end]);
        rest = &rest[end..];
        if is_secret(name)
            && let Some((value, end)) = value(rest)
        {
            shown.push_str(&rest[..value]);
            shown.push_str(MASK);
            rest = &rest[end..];
        }
    }
    shown + rest
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let name = name.to_lowercase();
    NAMES.contains(&&*name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Where the value of a member begins and ends, in the text behind the member's name.
fn value(behind: &str) -> Option<(usize, usize)> {
    let rest = behind
        .trim_start_matches('\\')
        .trim_start_matches(['"', '\'']);
    let rest = rest.trim_start().strip_prefix([':', '='])?.trim_start();
    let start = behind.len() - rest.len();
    let unescaped = rest.trim_start_matches('\\');
    let depth = rest.len() - unescaped.len();
    let (start, length) = match unescaped.chars().next()? {
        quote @ ('"' | '\'') => {
            let inside = &unescaped[1..];
            (
                behind.len() - inside.len(),
                string_end(inside, quote, depth),
            )
        }
        '{' | '[' if depth == 0 => (start, nested_end(rest)),
        _ => (
            start,
            rest.find([',', ';', '&', '}', ']', ')', '"', '\\', '\n']),
        ),
    };
    let end = length.map_or(behind.len(), |length| start + length);
    (start < end).then_some((start, end))
}

/// Where a string ends whose quotes have `depth` backslashes before them.
fn string_end(inside: &str, quote: char, depth: usize) -> Option<usize> {
    let ends = inside.match_indices(quote).map(|(place, _)| {
        let before = &inside[..place];
        (place, place - before.trim_end_matches('\\').len())
    });
    let end = ends
        .into_iter()
        .find(|(_, backslashes)| *backslashes <= depth);
    end.map(|(place, backslashes)| place - backslashes)
}

/// Where an array or object ends.
fn nested_end(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => open += 1,
            '}' | ']' if !in_string => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Some(place + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Hides every run of 13 to 19 digits with a right check digit, but for its last four.
fn hide_card_numbers(text: &str) -> String {
    let groups = digit_groups(text);
    let mut hidden = vec![false; groups.len()];
    for first in 0..groups.len() {
        let mut digits = String::new();
        for last in first..groups.len() {
            if last > first && !joined(&text[groups[last - 1].1..groups[last].0]) {
                break;
            }
            digits.push_str(&text[groups[last].0..groups[last].1]);
            if digits.len() > 19 {
                break;
            }
            if digits.len() >= 13 && luhn(&digits) {
                hidden[first..=last].fill(true);
            }
        }
    }

    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    let mut group = 0;
    while group < groups.len() {
        if !hidden[group] {
            group += 1;
            continue;
        }
        let (start, mut end) = groups[group];
        let mut last4 = String::new();
        while group < groups.len() && hidden[group] {
            end = groups[group].1;
            last4.push_str(&text[groups[group].0..end]);
            group += 1;
            if group < groups.len() && !joined(&text[end..groups[group].0]) {
                break;
            }
        }
        shown.push_str(&text[at..start]);
        shown.push_str(MASK);
        shown.push_str(&last4[last4.len() - 4..]);
        at = end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// Where digits stand together.
fn digit_groups(text: &str) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (place, _) in text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()) {
        match groups.last_mut() {
            Some((_, end)) if *end == place => *end += 1,
            _ => groups.push((place, place + 1)),
        }
    }
    groups
}

/// Whether what stands between two groups of digits lets them be one number.
fn joined(between: &str) -> bool {
    let hyphen = |c| c == '-' || ('\u{2010}'..='\u{2015}').contains(&c);
    between.chars().count() <= 3
        && between
            .chars()
            .all(|c| hyphen(c) || (c.is_whitespace() && c != '\n'))
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let digit = u32::from(digit - b'0') * weight;
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::TestCard;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for (text, shown) in [
            ("4242424242424242", "******4242"),
            ("4242 4242 4242 4242", "******4242"),
            ("4242-4242-4242-4242", "******4242"),
            ("4242\u{a0}4242\u{2013}4242 - 4242", "******4242"),
            (
                "pay with 4242424242424242, please",
                "pay with ******4242, please",
            ),
            ("x4242424242424242y", "x******4242y"),
            (
                "on 2025-01-01 4242 4242 4242 4242",
                "on 2025-01-01 ******4242",
            ),
            (
                "4242424242424242\n5555555555554444",
                "******4242\n******4444",
            ),
            ("378282246310005", "******0005"),
            ("[\"\\u0034242424242424242\"]", "[\"******4242\"]"),
            (
                "{\"a\":\"{\\\"b\\\":\\\"\\\\u0034242424242424242\\\"}\"}",
                "{\"a\":\"{\\\"b\\\":\\\"******4242\\\"}\"}",
            ),
        ] {
            assert_eq!(redact(text), shown, "{text:?}");
        }
        for card in TestCard::all() {
            let number = card.number();
            let shown = redact(&format!("{{\"note\":{number}}}"));
            assert!(!shown.contains(number), "{shown}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "",
            "42",
            "4242424242424243",
            "order 123456789012 of 2025-01-01T00:00:00Z",
            "42424242424242424242424242",
            "4242\n4242\n4242\n4242",
            "15.40 USD, naïve — \\u00e9 \\u00",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn members_named_like_a_secret_are_hidden_whatever_their_value_is() {
        for (text, shown) in [
            (r#"{"cvv":123,"a":1}"#, r#"{"cvv":******,"a":1}"#),
            (
                r#"{"card_ccv": "1\"23", "a":1}"#,
                r#"{"card_ccv": "******", "a":1}"#,
            ),
            (r#"{"API-KEY":"k"}"#, r#"{"API-KEY":"******"}"#),
            (
                r#"{"shopApiKey":["k","l"],"a":1}"#,
                r#"{"shopApiKey":******,"a":1}"#,
            ),
            (
                r#"{"secret":{"a":"}"},"b":1}"#,
                r#"{"secret":******,"b":1}"#,
            ),
            (
                r#""{\"cvv\":\"123\",\"a\":1}""#,
                r#""{\"cvv\":\"******\",\"a\":1}""#,
            ),
            (r#""{\"cvv\":123}""#, r#""{\"cvv\":******}""#),
            ("{cvv : 123, txId : qktr}", "{cvv : ******, txId : qktr}"),
            (
                "card_number=42&cvv=1&a=2",
                "card_number=******&cvv=******&a=2",
            ),
            (
                "Authorization: Bearer abc\nHost: x",
                "Authorization: ******\nHost: x",
            ),
            (r#"{"cv\u0076":"123"}"#, r#"{"cvv":"******"}"#),
            ("cvv:", "cvv:"),
            (r#"{"cvv":""}"#, r#"{"cvv":""}"#),
            (r#"{"cvv":"12"#, r#"{"cvv":"******"#),
            (
                r#"{"company":"x","secretary":"y","tokenId":7}"#,
                r#"{"company":"x","secretary":"y","tokenId":7}"#,
            ),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_around_a_card_number_keeps_it_in_sight(
            before in r#"([\\"'a-f0-9 {}\[\]:=,é-]{0,40}|[a-z"\\]{0,9}u00|\PC{0,20})[^0-9 -]?"#,
            after in r#"[^0-9 -]?([\\"'a-f0-9 {}\[\]:=,é-]{0,40}|\PC{0,20})"#,
        ) {
            let text = format!("{before};4242424242424242;{after}");
            let shown = redact(&text);
            proptest::prop_assert!(!shown.contains("4242424242424242"), "{} shows {}", text, shown);
        }
    }
}
