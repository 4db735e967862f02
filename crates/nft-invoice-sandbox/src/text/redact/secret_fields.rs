/// The replacement for hidden text.
pub(super) const MASK: &str = "******";

/// The endings of secret field names, in lower case and without `_` and `-`.
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

/// Secret field names that are too short to match as endings.
const NAMES: [&str; 8] = ["pan", "pin", "ccv", "cvv", "cvc", "csc", "cvv2", "cvc2"];

/// Masks the values of fields that are named like a secret.
pub(super) fn hide_fields(text: &str) -> String {
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

/// The range of a field's value in the text after its name.
fn value(behind: &str) -> Option<(usize, usize)> {
    let rest = behind
        .trim_start_matches('\\')
        .trim_start_matches(['"', '\'']);
    let rest = skip_space(skip_space(rest).strip_prefix([':', '='])?);
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
        '{' | '[' => (start + depth, nested_end(unescaped)),
        _ => (
            start + depth,
            unescaped.find([',', ';', '&', '}', ']', ')', '"', '\\', '\n']),
        ),
    };
    let end = length.map_or(behind.len(), |length| start + length);
    (start < end).then_some((start, end))
}

/// What follows white space. In JSON inside a string, it can be an escape such as `\n`.
fn skip_space(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('\\')
        && let Some(behind) = rest.trim_start_matches('\\').strip_prefix(['n', 'r', 't'])
    {
        rest = behind.trim_start();
    }
    rest
}

/// The end of a string whose quotes are preceded by `depth` backslashes.
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

/// The end of an array or object.
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
