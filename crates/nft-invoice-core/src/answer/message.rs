//! The gateway's own words, made fit for a log: they may echo what the request held.

/// Stands for what was masked.
const MASK: &str = "[masked]";

/// `text` on one line, less what must not be shown, and only then cut to 200 characters; `None` if nothing is
/// left.
pub(crate) fn masked(text: &str) -> Option<String> {
    let visible: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !is_hidden(*c))
        .collect();
    let words: Vec<&str> = visible.split_whitespace().map(mask_address).collect();
    // Punctuation joins the digits of a card, but 12 of them may be an IPv4 address.
    let joined = mask_digits(&words.join(" "), 13, |c| !c.is_alphanumeric());
    let spaced = mask_digits(&joined, 8, |c| c == ' ' || is_hyphen(c));
    let cut: String = spaced.chars().take(200).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Control characters, and those that reorder or hide what stands around them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
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

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
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
}
