//! The gateway's own messages, made fit for a log: they can repeat what the request contained.

use std::collections::HashSet;

use crate::value::{is_dash, is_hidden};

/// Shown in place of what was masked.
const MASK: &str = "[masked]";

/// `text` on one line, without what must not be shown, and only then cut to 200 characters; `None` if nothing is
/// left.
pub(crate) fn masked(text: &str) -> Option<String> {
    let visible: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !is_hidden(*c))
        .collect();
    let words: Vec<_> = visible
        .split_whitespace()
        .map(|word| mask_opaque(mask_address(word)))
        .collect();
    // Punctuation joins the digits of a card, but 12 of them may be an IPv4 address.
    let joined = mask_digits(&words.join(" "), 13, |c| !c.is_alphanumeric());
    let spaced = mask_digits(&joined, 8, |c| c == ' ' || is_dash(c) || c == '\u{2212}');
    let cut: String = spaced.chars().take(200).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Replaces every part of `secret` in `text`, from 8 characters on (from its own length if it is shorter), by `[redacted]`.
/// Upper and lower case are the same.
///
/// Run it over a text before anything in it is cut or replaced: what is left of a secret would not be found.
#[must_use]
pub fn redact_secret(text: &str, secret: &str) -> String {
    const PART: usize = 8;
    // Of the same length, so that a place in one is a place in the other.
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let (text_bytes, secret) = (lower.as_bytes(), secret.as_bytes());
    let part = PART.min(secret.len());
    if part == 0 {
        return text.to_owned();
    }
    let parts: HashSet<&[u8]> = secret.windows(part).collect();
    let mut shown = String::with_capacity(text.len());
    let (mut at, mut clean_from, mut hidden_to) = (0, 0, 0);
    while let Some(window) = text_bytes.get(at..at + part) {
        if parts.contains(window) {
            if at > hidden_to || hidden_to == 0 {
                shown.push_str(text.get(clean_from..at).unwrap_or_default());
                shown.push_str("[redacted]");
            }
            hidden_to = at + part;
            clean_from = hidden_to;
        }
        at += 1;
    }
    shown.push_str(text.get(clean_from..).unwrap_or_default());
    shown
}

/// Masks a word that can be an address, or a part of one that carries a token.
fn mask_address(word: &str) -> &str {
    let lower = word.to_ascii_lowercase();
    let inner = lower.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let parts = ["://", ":\\/", "www.", "@", "?", "=", "token"];
    if parts.iter().any(|part| inner.contains(part)) {
        MASK
    } else {
        word
    }
}

/// Masks every run of 16 or more characters with letters and digits in it, which can be a secret in another form, such
/// as base64 or hex.
fn mask_opaque(word: &str) -> String {
    const SHORTEST: usize = 16;
    let is_opaque = |run: &str| {
        run.len() >= SHORTEST
            && run.bytes().any(|b| b.is_ascii_digit())
            && run.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let joins = |c: char| c.is_ascii_alphanumeric() || "+/-_%~".contains(c);
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find(joins) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|c| !joins(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        shown.push_str(before);
        shown.push_str(if is_opaque(run) { MASK } else { run });
        rest = after;
    }
    shown + rest
}

/// Masks every run of digits, and of what `joins` them, that has at least `least` digits.
fn mask_digits(text: &str, least: usize, joins: fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_numeric) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|c| !char::is_numeric(c) && !joins(c));
        let run = run[..end.unwrap_or(run.len())].trim_end_matches(joins);
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        shown.push_str(before);
        shown.push_str(if digits < least { run } else { MASK });
        rest = &rest[start + run.len()..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_masked_and_what_is_not() {
        for (text, expected) in [
            ("amount required", "amount required"),
            ("code 1234567 is fine", "code 1234567 is fine"),
            ("code 12345678 is not", "code [masked] is not"),
            ("card 4242424242424242.", "card [masked]."),
            (
                "card 4242 4242 4242 4242 declined",
                "card [masked] declined",
            ),
            ("card 4242-4242-4242-4242", "card [masked]"),
            ("card 4242  -  4242", "card [masked]"),
            ("card 4242\u{2011}4242\u{a0}4242\n4242", "card [masked]"),
            ("card 4242\u{200b}4242\u{0}4242", "card [masked]"),
            ("card 4242.4242.4242.4242", "card [masked]"),
            ("card 4242/4242_4242:4242", "card [masked]"),
            ("card ４２４２４２４２", "card [masked]"),
            ("from 203.0.113.157 only", "from 203.0.113.157 only"),
            ("min 10.00 and max 5000.00", "min 10.00 and max 5000.00"),
            ("open https://a.example/?token=x.", "open [masked]"),
            ("open (HTTPS://a.example/) now", "open [masked] now"),
            ("open www.a.example/x", "open [masked]"),
            ("invalid a@b.example", "invalid [masked]"),
            ("open pay.example/?token=x now", "open [masked] now"),
            (r#"{"token":"x"} https:\/\/a.example"#, "[masked] [masked]"),
            ("cvv=7391", "[masked]"),
            ("is the amount right?", "is the amount right?"),
            ("bad key bGl2ZV85ZjhlN2Q2Y0tF==.", "bad key [masked]==."),
            ("bad key (6c6976655f3966)", "bad key (6c6976655f3966)"),
            ("bad key 6c6976655f396638", "bad key [masked]"),
            ("bad %6c%69%76%65%5f%39", "bad [masked]"),
            (
                "misconfigured-payment-method of 2026",
                "misconfigured-payment-method of 2026",
            ),
            ("\u{1b}[31mred\u{202e}\r\n\tline", "[31mred line"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(masked(" \n\u{0}"), None);
    }

    #[test]
    fn the_cut_comes_after_the_mask() {
        assert_eq!(masked(&"é".repeat(500)).unwrap(), "é".repeat(200));
        let at_the_edge = format!("{} 4242424242424242", "x".repeat(194));
        assert_eq!(
            masked(&at_the_edge).unwrap(),
            format!("{} [mask", "x".repeat(194))
        );
        let url = format!("{} https://a.example/?token=x", "x".repeat(190));
        assert!(!masked(&url).unwrap().contains("http"));
    }

    proptest! {
        #[test]
        fn no_run_of_eight_digits_survives(text in "[0-9 \\-x.]{0,300}") {
            let masked = masked(&text).unwrap_or_default();
            let bare = masked.replace([' ', '-'], "");
            let longest = bare.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            prop_assert!(longest < Some(8), "{}", masked);
            prop_assert!(masked.chars().count() <= 200);
        }
    }

    #[test]
    fn no_part_of_a_secret_is_shown() {
        let key = "live_9f8e7d6c12345678abcdefQQ";
        for text in [
            format!("invalid key {key}"),
            format!("{key}{key}"),
            format!("é{}é", &key[..12]),
            format!("keys {} and {}", &key[5..20], &key[10..]),
            format!("é{}", key.to_uppercase()),
        ] {
            let shown = redact_secret(&text, key);
            let leaks = key.as_bytes().windows(8).any(|part| {
                let mut parts = shown.as_bytes().windows(8);
                parts.any(|shown| shown.eq_ignore_ascii_case(part))
            });
            assert!(!leaks && shown.contains("[redacted]"), "{shown}");
        }
        assert_eq!(redact_secret("a k b", "k"), "a [redacted] b");
        assert_eq!(redact_secret("nothing here", key), "nothing here");
        assert_eq!(redact_secret("text", ""), "text");
        assert_eq!(
            redact_secret(&format!("bad {key}, retry"), key),
            "bad [redacted], retry"
        );
    }
}
