use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object with their raw values, in order. There are few, so a list is faster than a map.
#[derive(Default)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The value as text; see [`text_of`].
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text_of(self.raw(name)?)
    }

    /// Every field with its value, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (&**name, *raw))
    }

    /// The raw value, unless it is null. If the field is repeated, the last value counts.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rfind(|(known, _)| known == name)?;
        (raw.get() != "null").then_some(raw)
    }
}

/// The text of a string, the digits of a number, otherwise the raw value; `None` for null and blank values.
pub(crate) fn text_of(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    let quoted = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let text = match quoted {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        Some(_) => serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        None => Cow::Borrowed(raw),
    };
    (raw != "null" && !text.trim().is_empty()).then_some(text)
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Borrowed unless it contains escapes.
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                // Enough for most bodies.
                let mut members = Vec::with_capacity(16);
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A JSON string with plain characters, escapes and surrogate pairs.
    fn written() -> impl Strategy<Value = String> {
        let escaped = r#"\\(["\\/bfnrt]|u[0-9a-fA-F]{4}|ud83d\\ude00)"#;
        let part = prop_oneof![r#"[^"\\\x00-\x1f]{1,3}"#, escaped, r"[ \u{a0}]"];
        prop::collection::vec(part, 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()))
    }

    proptest! {
        #[test]
        fn reads_the_same_text_as_serde_json(
            value in prop_oneof![written(), "-?[1-9][0-9]{0,20}(\\.[0-9]+)?", r#"\[ ?"a" ?\]|true|null"#]
        ) {
            let body = format!(r#"{{"a":"before","a":{value},"b":""}}"#);
            let members: Members<'_> = serde_json::from_str(&body).unwrap();
            let whole = serde_json::from_str(&value).unwrap_or_else(|_| value.clone());
            let missing = value == "null" || whole.trim().is_empty();
            let text = members.text("a");
            prop_assert_eq!(text.as_deref(), (!missing).then_some(&*whole));
        }
    }
}
