use serde_json::value::RawValue;

/// Indents JSON. Numbers and strings keep their spelling; text that is not JSON is returned unchanged.
pub(super) fn pretty(text: &str) -> String {
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return text.to_owned();
    }
    let mut pretty = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut in_string = false;
    let mut escaped = false;
    let mut rest = text.trim().chars().peekable();
    while let Some(c) = rest.next() {
        if in_string {
            pretty.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '{' | '[' => {
                pretty.push(c);
                while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    pretty.push(end);
                } else {
                    depth += 1;
                    new_line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth = usize::saturating_sub(depth, 1);
                new_line(&mut pretty, depth);
                pretty.push(c);
            }
            ',' => {
                pretty.push(c);
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            '"' => {
                in_string = true;
                pretty.push(c);
            }
            c if c.is_ascii_whitespace() => {}
            c => pretty.push(c),
        }
    }
    pretty
}

fn new_line(pretty: &mut String, depth: usize) {
    pretty.push('\n');
    // Deeper nesting is not worth indenting.
    pretty.push_str(&"  ".repeat(depth.min(32)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_json_and_keeps_its_values() {
        for (text, shown) in [
            (
                r#"{"a":15.40,"b":[1,{}],"c":"x,{\"y\"}\\"}"#,
                "{\n  \"a\": 15.40,\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": \"x,{\\\"y\\\"}\\\\\"\n}",
            ),
            ("[ ]", "[]"),
            (" 7 ", "7"),
            ("{txId : 7}", "{txId : 7}"),
            ("{\"a\":1", "{\"a\":1"),
        ] {
            assert_eq!(pretty(text), shown, "{text}");
        }
    }
}
