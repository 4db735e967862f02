//! Raw JSON text, cut into members and tokens without a copy of what it holds.
//!
//! `serde_json` checks the syntax; everything below works on text that has passed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Where a text stops being JSON. Never what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Why a text has no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoObject {
    Malformed(Position),
    OtherType,
}

/// A member of an object: its decoded name, its value as it was written.
pub(crate) type Member<'a> = (Cow<'a, str>, &'a str);

/// The members of the object that `text` is, in order, repeated ones included.
pub(crate) fn members(text: &str) -> Result<Vec<Member<'_>>, NoObject> {
    if text.trim_start_matches(is_space).starts_with('{') {
        match serde_json::from_str::<Members<'_>>(text) {
            Ok(members) => Ok(members.0),
            Err(error) => Err(NoObject::Malformed(position(&error))),
        }
    } else {
        value(text)
            .map_err(NoObject::Malformed)
            .and(Err(NoObject::OtherType))
    }
}

/// The elements of the array that `raw`, a value that has passed, is; `None` for another type.
pub(crate) fn elements(raw: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

/// `text` less the space around it, if it is one JSON value.
pub(crate) fn value(text: &str) -> Result<&str, Position> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| position(&error))?;
    Ok(raw.get())
}

/// The line and column of a byte in `input`, for what is not even text.
pub(crate) fn position_of(input: &[u8], at: usize) -> Position {
    let before = &input[..at];
    let line_start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |n| n + 1);
    Position {
        line: before.iter().filter(|b| **b == b'\n').count() + 1,
        column: at - line_start + 1,
    }
}

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// The type of `raw`, told by its first byte.
pub(crate) fn kind(raw: &str) -> Kind {
    match raw.as_bytes().first() {
        Some(b'"') => Kind::String,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// A decoded string. What had to be copied to undo escapes is wiped on drop.
pub(crate) enum Text<'a> {
    AsWritten(&'a str),
    Unescaped(Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::AsWritten(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

/// What the JSON string `raw` (with its quotes) says; `None` if an escape is half a surrogate pair.
///
/// `serde_json` would decode into a buffer that it leaves in freed memory.
pub(crate) fn unescape(raw: &str) -> Option<Text<'_>> {
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains('\\') {
        return Some(Text::AsWritten(inner));
    }
    // Decoding only ever shortens, so this buffer never moves.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
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
    }
    text.push_str(rest);
    Some(Text::Unescaped(text))
}

/// One piece of a JSON text. Strings keep their quotes and escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    OpenObject,
    OpenArray,
    Close,
    Name(&'a str),
    Text(&'a str),
    Number(&'a str),
    Literal,
}

/// Walks a value that has passed, without recursion.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

/// The tokens of `raw`, a value that has passed.
pub(crate) fn tokens(raw: &str) -> Tokens<'_> {
    Tokens { rest: raw }
}

/// How deep `raw` is nested; the outermost container is depth 1.
pub(crate) fn depth(raw: &str) -> usize {
    let (mut depth, mut deepest) = (0, 0);
    for token in tokens(raw) {
        match token {
            Token::OpenObject | Token::OpenArray => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Token::Close => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// Whether every string and name in `raw`, a value that has passed, decodes.
pub(crate) fn strings_decode(raw: &str) -> bool {
    tokens(raw).all(|token| match token {
        Token::Name(text) | Token::Text(text) => unescape(text).is_some(),
        _ => true,
    })
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self
            .rest
            .trim_start_matches(|c| is_space(c) || c == ',' || c == ':');
        let bytes = self.rest.as_bytes();
        let (length, token): (usize, fn(&'a str) -> Token<'a>) = match bytes.first()? {
            b'{' => (1, |_| Token::OpenObject),
            b'[' => (1, |_| Token::OpenArray),
            b'}' | b']' => (1, |_| Token::Close),
            b'"' => {
                let length = string_length(bytes);
                let is_name = self.rest[length..]
                    .trim_start_matches(is_space)
                    .starts_with(':');
                (length, if is_name { Token::Name } else { Token::Text })
            }
            first => {
                let length = self
                    .rest
                    .find(|c| is_space(c) || matches!(c, ',' | ']' | '}'))
                    .unwrap_or(self.rest.len());
                let is_literal = matches!(first, b't' | b'f' | b'n');
                (
                    length,
                    if is_literal {
                        |_| Token::Literal
                    } else {
                        Token::Number
                    },
                )
            }
        };
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(token(piece))
    }
}

/// `text` as a JSON string, quotes included.
pub(crate) fn write_string(text: &str, out: &mut impl FnMut(&[u8])) {
    out(b"\"");
    let mut clean_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out(&text.as_bytes()[clean_from..at]);
        clean_from = at + 1;
        match byte {
            b'"' => out(b"\\\""),
            b'\\' => out(b"\\\\"),
            b'\n' => out(b"\\n"),
            b'\r' => out(b"\\r"),
            b'\t' => out(b"\\t"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                out(&[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
    }
    out(&text.as_bytes()[clean_from..]);
    out(b"\"");
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(32);
                while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &RawValue>()? {
                    members.push((name, raw.get()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

fn position(error: &serde_json::Error) -> Position {
    Position {
        line: error.line(),
        // An empty text ends before its first column.
        column: error.column().max(1),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn hex_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    Some((unit, rest))
}

/// The length of the string that `bytes` starts with, quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_keep_order_repeats_and_the_text_as_written() {
        let found = members(r#" {"a":1.50,"b\u0062": [ 1 ],"a":"\u0031"} "#).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(n, r)| (&**n, *r)).collect();
        assert_eq!(
            found,
            [("a", "1.50"), ("bb", "[ 1 ]"), ("a", r#""\u0031""#)]
        );
    }

    #[test]
    fn what_is_no_object_says_why() {
        let at = |line, column| NoObject::Malformed(Position { line, column });
        assert_eq!(members("[1]").unwrap_err(), NoObject::OtherType);
        assert_eq!(members("{\n\"a\":}").unwrap_err(), at(2, 5));
        assert_eq!(members("").unwrap_err(), at(1, 1));
        assert!(matches!(members("{} {}"), Err(NoObject::Malformed(_))));
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_is_refused_here() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(depth(value(&deep).unwrap()), 200_000);
    }

    #[test]
    fn half_a_surrogate_pair_does_not_decode() {
        for raw in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\u0041""#,
            r#""\ud800x""#,
        ] {
            assert!(value(raw).is_ok(), "serde_json lets {raw} through");
            assert!(unescape(raw).is_none(), "{raw}");
        }
        assert_eq!(&*unescape(r#""\ud83d\ude00""#).unwrap(), "\u{1f600}");
    }

    proptest! {
        #[test]
        fn strings_read_and_write_as_serde_json_does(text: String) {
            let mut written = Vec::new();
            write_string(&text, &mut |piece| written.extend_from_slice(piece));
            let written = String::from_utf8(written).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            prop_assert_eq!(&*unescape(&written).unwrap(), text.as_str());
            let theirs = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&*unescape(&theirs).unwrap(), text.as_str());
        }
    }
}
