use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

use super::scan::plain_length;

/// Decoded text. What had to be copied is wiped on drop.
pub enum Text<'a> {
    /// A part of the input.
    Borrowed(&'a str),
    /// A copy.
    Owned(Zeroizing<String>),
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

/// What the JSON string with the content `inner` (without its quotes) says; `None` if an escape is half a
/// surrogate pair.
///
/// `serde_json` would decode into a buffer that it leaves in freed memory.
pub(crate) fn unescape(inner: &str) -> Option<Text<'_>> {
    let Some(first) = backslash(inner) else {
        return Some(Text::Borrowed(inner));
    };
    // Decoding only ever shortens, so this buffer never moves.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let (mut at, mut rest) = (first, inner);
    loop {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        text.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (unit, after) = hex_unit(rest)?;
                rest = after;
                match unit {
                    0xD800..=0xDBFF => {
                        let (low, after) = hex_unit(rest.strip_prefix("\\u")?)?;
                        rest = after;
                        let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                        char::from_u32(0x10000 + ((unit - 0xD800) << 10) + low)?
                    }
                    _ => char::from_u32(unit)?,
                }
            }
            other => char::from(other),
        });
        match backslash(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    text.push_str(rest);
    Some(Text::Owned(text))
}

/// Whether no escape in `raw`, JSON that was checked, is half a surrogate pair.
pub(crate) fn is_decodable(raw: &str) -> bool {
    // Only strings hold backslashes. A pair stands together, and what is around it decodes by itself.
    let mut rest = raw;
    while let Some(at) = backslash(rest) {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('u') {
            let Some((unit, after)) = hex_unit(after) else {
                return false;
            };
            rest = after;
            match unit {
                0xD800..=0xDBFF => match rest.strip_prefix("\\u").and_then(hex_unit) {
                    Some((0xDC00..=0xDFFF, after)) => rest = after,
                    _ => return false,
                },
                0xDC00..=0xDFFF => return false,
                _ => {}
            }
        } else {
            rest = &rest[1..];
        }
    }
    true
}

/// Whether `text` needs no escapes in a JSON string.
pub(crate) fn is_plain(text: &str) -> bool {
    plain_length(text.as_bytes()) == text.len()
}

/// Writes `text` as a JSON string, quotes included.
pub(crate) fn write_string(text: &str, out: &mut impl FnMut(&str)) {
    out("\"");
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(plain_length(rest.as_bytes()));
        out(plain);
        let Some(byte) = special.bytes().next() else {
            break;
        };
        match byte {
            b'"' => out("\\\""),
            b'\\' => out("\\\\"),
            b'\n' => out("\\n"),
            b'\r' => out("\\r"),
            b'\t' => out("\\t"),
            _ => {
                const HEX: &str = "0123456789abcdef";
                let digit = |at: usize| &HEX[at..=at];
                out("\\u00");
                out(digit(usize::from(byte >> 4)));
                out(digit(usize::from(byte & 15)));
            }
        }
        rest = &special[1..];
    }
    out("\"");
}

/// Where the first backslash is.
fn backslash(text: &str) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Eight bytes at a time; the first marked byte is exact.
    let (chunks, rest) = text.as_bytes().as_chunks();
    for (at, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk) ^ (ONES * 0x5C);
        let marked = word.wrapping_sub(ONES) & !word & HIGH;
        if marked != 0 {
            return Some(8 * at + marked.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|b| *b == b'\\')?;
    Some(8 * chunks.len() + at)
}

fn hex_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rejects_half_a_surrogate_pair() {
        for inner in [
            r"\ud800",
            r"\udc00",
            r"\ud800\u0041",
            r"\ud800x",
            r"\ud800\n",
        ] {
            assert!(unescape(inner).is_none(), "{inner}");
            assert!(
                !is_decodable(&format!("{{\"a\":[\"{inner}\"]}}")),
                "{inner}"
            );
        }
        assert_eq!(&*unescape(r"\ud83d\ude00").unwrap(), "\u{1f600}");
        assert!(is_decodable(r#"["\ud83d\ude00","\\ud800"]"#));
    }

    proptest! {
        #[test]
        fn strings_read_and_write_as_serde_json_does(text: String) {
            let mut written = String::new();
            write_string(&text, &mut |piece| written.push_str(piece));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            for json in [written, serde_json::to_string(&text).unwrap()] {
                prop_assert!(is_decodable(&json));
                prop_assert_eq!(&*unescape(&json[1..json.len() - 1]).unwrap(), text.as_str());
            }
        }
    }
}
