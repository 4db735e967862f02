use super::string::{Text, unescape};

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

/// A field of an object: its name as it is written between the quotes, and its value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    /// Whether the value is a string without escapes.
    pub(crate) is_plain_text: bool,
    /// Whether the name has no escapes.
    is_plain_name: bool,
}

impl<'a> Member<'a> {
    /// The name without escapes; `None` if an escape is half a surrogate pair.
    pub(crate) fn decoded_name(&self) -> Option<Text<'a>> {
        if self.is_plain_name {
            return Some(Text::Borrowed(self.name));
        }
        unescape(self.name)
    }

    /// Whether its name without escapes is `name`.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.decoded_name().is_some_and(|own| &*own == name)
    }
}

/// Why a text has no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAnObject {
    /// It stops being JSON at this byte.
    Malformed(usize),
    /// It is JSON, but another type.
    OtherType,
}

/// Calls `each` with the fields of the object `text`, in order, repeated ones included. Returns how deep it is
/// nested; the object itself has depth 1.
pub(crate) fn members<'a>(
    text: &'a str,
    mut each: impl FnMut(Member<'a>),
) -> Result<usize, NotAnObject> {
    let mut scanner = Scanner::new(text);
    scanner.skip_space();
    if scanner.peek() != Some(b'{') {
        value(text).map_err(NotAnObject::Malformed)?;
        return Err(NotAnObject::OtherType);
    }
    scanner.at += 1;
    scanner.object(&mut each).map_err(NotAnObject::Malformed)?;
    scanner.end().map_err(NotAnObject::Malformed)?;
    Ok(scanner.deepest + 1)
}

/// The elements of the array `raw`, a value that was checked; `None` for another type.
pub(crate) fn elements(raw: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(raw);
    if scanner.peek() != Some(b'[') {
        return None;
    }
    scanner.at += 1;
    let mut elements = Vec::new();
    scanner.skip_space();
    if scanner.peek() == Some(b']') {
        return Some(elements);
    }
    loop {
        scanner.skip_space();
        let start = scanner.at;
        scanner.value().ok()?;
        elements.push(&raw[start..scanner.at]);
        scanner.skip_space();
        if scanner.take()? != b',' {
            return Some(elements);
        }
    }
}

/// `text` without the white space around it, if it is one JSON value; otherwise the byte where it stops being one.
pub(crate) fn value(text: &str) -> Result<&str, usize> {
    let mut scanner = Scanner::new(text);
    scanner.skip_space();
    let start = scanner.at;
    scanner.value()?;
    let end = scanner.at;
    scanner.end()?;
    Ok(&text[start..end])
}

/// The type of `raw`, a value that was checked.
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

/// How deep `raw`, a value that was checked, is nested; the outermost container has depth 1.
pub(crate) fn depth(raw: &str) -> usize {
    let mut scanner = Scanner::new(raw);
    scanner.value().map_or(0, |()| scanner.deepest)
}

/// Walks over JSON text and checks its syntax, without recursion. Errors are byte offsets.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    deepest: usize,
    has_escapes: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            deepest: 0,
            has_escapes: false,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), usize> {
        if self.peek() != Some(byte) {
            return Err(self.at);
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), usize> {
        self.skip_space();
        if self.at < self.bytes.len() {
            Err(self.at)
        } else {
            Ok(())
        }
    }

    /// The fields up to the closing brace. The opening one was read.
    fn object(&mut self, each: &mut impl FnMut(Member<'a>)) -> Result<(), usize> {
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.has_escapes = false;
            let name = self.name()?;
            let is_plain_name = !std::mem::take(&mut self.has_escapes);
            let start = self.at;
            self.value()?;
            each(Member {
                name,
                value: &self.text[start..self.at],
                is_plain_text: self.bytes[start] == b'"' && !self.has_escapes,
                is_plain_name,
            });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.at),
            }
        }
    }

    /// A field's name and colon, and the white space around them.
    fn name(&mut self) -> Result<&'a str, usize> {
        self.skip_space();
        self.expect(b'"')?;
        let start = self.at;
        self.string()?;
        let name = &self.text[start..self.at - 1];
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Ok(name)
    }

    /// One value, whatever it contains.
    fn value(&mut self) -> Result<(), usize> {
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.string();
        }
        let mut open = Containers::default();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.string()?;
                }
                Some(b'{') => {
                    self.at += 1;
                    self.deepest = self.deepest.max(open.depth + 1);
                    self.skip_space();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                    } else {
                        open.push(true);
                        self.name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.deepest = self.deepest.max(open.depth + 1);
                    self.skip_space();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                    } else {
                        open.push(false);
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(b'n') => self.literal("null")?,
                _ => return Err(self.at),
            }
            // After a value: the next one, or the end of what it is in.
            loop {
                let Some(is_object) = open.innermost() else {
                    return Ok(());
                };
                self.skip_space();
                match self.peek() {
                    Some(b',') if is_object => {
                        self.at += 1;
                        self.name()?;
                        break;
                    }
                    Some(b',') => {
                        self.at += 1;
                        self.skip_space();
                        break;
                    }
                    Some(b'}') if is_object => open.pop(),
                    Some(b']') if !is_object => open.pop(),
                    _ => return Err(self.at),
                }
                self.at += 1;
            }
        }
    }

    /// The rest of a string, its closing quote included.
    #[inline]
    fn string(&mut self) -> Result<(), usize> {
        self.at += plain_length(&self.bytes[self.at..]);
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(());
        }
        self.string_with_escapes()
    }

    fn string_with_escapes(&mut self) -> Result<(), usize> {
        loop {
            self.at += plain_length(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => match self.escape() {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                    Some(b'u') => {
                        let digits = self.bytes.get(self.at + 2..self.at + 6);
                        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                            return Err(self.at);
                        }
                        self.at += 6;
                    }
                    _ => return Err(self.at),
                },
                _ => return Err(self.at),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<u8> {
        self.has_escapes = true;
        self.bytes.get(self.at + 1).copied()
    }

    fn number(&mut self) -> Result<(), usize> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), usize> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(start) } else { Ok(()) }
    }

    fn literal(&mut self, literal: &str) -> Result<(), usize> {
        if !self.bytes[self.at..].starts_with(literal.as_bytes()) {
            return Err(self.at);
        }
        self.at += literal.len();
        Ok(())
    }
}

/// Which containers are open, innermost last: true for an object. Up to 64 of them need no memory.
#[derive(Default)]
struct Containers {
    depth: usize,
    bits: u64,
    deeper: Vec<bool>,
}

impl Containers {
    fn push(&mut self, is_object: bool) {
        if self.depth < 64 {
            self.bits = self.bits & !(1 << self.depth) | u64::from(is_object) << self.depth;
        } else {
            self.deeper.push(is_object);
        }
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.deeper.pop();
        self.depth -= 1;
    }

    fn innermost(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        Some(
            self.deeper
                .last()
                .copied()
                .unwrap_or(self.bits >> last.min(63) & 1 == 1),
        )
    }
}

/// How many bytes from the start need no look in a string: no quote, backslash or control character.
///
/// Eight bytes at a time. A borrow can mark a byte above the first marked one, so only the first counts.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (chunks, rest) = bytes.as_chunks();
    let mut at = 0;
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5C);
        let marked = (quote.wrapping_sub(ONES) & !quote
            | backslash.wrapping_sub(ONES) & !backslash
            | word.wrapping_sub(ONES * 0x20) & !word)
            & HIGH;
        if marked != 0 {
            return at + marked.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |b: &&u8| **b >= 0x20 && **b != b'"' && **b != b'\\';
    at + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    fn collect(text: &str) -> Result<Vec<(&str, &str)>, NotAnObject> {
        let mut found = Vec::new();
        members(text, |member| found.push((member.name, member.value)))?;
        Ok(found)
    }

    #[test]
    fn keeps_order_repeats_and_the_text_as_written() {
        let found = collect(r#" {"a":1.50,"b\u0062": [ 1 ],"a":"\u0031"} "#).unwrap();
        assert_eq!(
            found,
            [("a", "1.50"), (r"b\u0062", "[ 1 ]"), ("a", r#""\u0031""#)]
        );
        assert_eq!(
            elements(r#"[1, {"a":[2]} ,"x"]"#).unwrap(),
            ["1", r#"{"a":[2]}"#, r#""x""#]
        );
        assert_eq!(elements("[ ]"), Some(vec![]));
        assert_eq!(elements("{}"), None);
    }

    #[test]
    fn reports_where_a_text_stops_being_json() {
        for (text, at) in [
            ("", 0),
            ("{\n\"a\":}", 6),
            ("{} {}", 3),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("{\"a\" 1}", 5),
        ] {
            assert_eq!(collect(text), Err(NotAnObject::Malformed(at)), "{text}");
        }
        assert_eq!(collect("[1]"), Err(NotAnObject::OtherType));
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!(
            "{}{}",
            "[{\"a\":".repeat(100_000),
            "1".to_owned() + &"}]".repeat(100_000)
        );
        assert_eq!(depth(value(&deep).unwrap()), 200_000);
        assert_eq!(depth("[]"), 1);
        assert_eq!(depth("7"), 0);
        let mixed = format!("{}1{}", "[".repeat(70), "}".repeat(70));
        assert!(value(&mixed).is_err());
    }

    proptest! {
        #[test]
        fn accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\ntrufalse0-9.eE+\- u\n\x01é]{0,24}"#) {
            let theirs = serde_json::from_str::<&RawValue>(&text).ok().map(RawValue::get);
            prop_assert_eq!(value(&text).ok(), theirs, "{}", text);
        }

        #[test]
        fn accepts_mutated_documents_as_serde_json_does(
            at in 0_usize..90,
            inserted in prop::sample::select(vec!["", "\"", "{", "}", "[", "]", ",", ":", "null", "0", "-", "\\", "\\u12", " ", "1e", "é", "\u{1}"]),
            cut in 0_usize..6,
        ) {
            let whole = r#"{"a":[1,-2.5e+3,{"b":null}],"c":"x\u00e9\n","d":{},"e":[],"f":true,"g":{"h":[[]]}}"#;
            let at = at.min(whole.len());
            let text = format!("{}{inserted}{}", &whole[..at], &whole[(at + cut).min(whole.len())..]);
            let theirs = serde_json::from_str::<&RawValue>(&text).ok().map(RawValue::get);
            prop_assert_eq!(value(&text).ok(), theirs, "{}", text);
        }

        #[test]
        fn plain_length_agrees_with_a_look_at_each_byte(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let expected = bytes.iter().take_while(|b| **b >= 0x20 && **b != b'"' && **b != b'\\').count();
            prop_assert_eq!(plain_length(&bytes), expected);
        }
    }
}
