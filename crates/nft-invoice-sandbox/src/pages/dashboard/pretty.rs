use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::text::Members;

/// Indents JSON. Numbers and strings keep their spelling; text that is not JSON is returned unchanged.
pub(super) fn pretty(text: &str) -> String {
    let json: Option<&RawValue> = serde_json::from_str(text.trim()).ok();
    let pretty =
        json.and_then(|raw| serde_json::to_string_pretty(&Indented { raw, depth: 0 }).ok());
    pretty.unwrap_or_else(|| text.to_owned())
}

struct Indented<'a> {
    raw: &'a RawValue,
    depth: usize,
}

/// Deeper nesting is not worth indenting, and would be read again at each level.
const DEEPEST: usize = 32;

impl Serialize for Indented<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (json, depth) = (self.raw.get(), self.depth + 1);
        let indented = |raw| Indented { raw, depth };
        match json.as_bytes()[0] {
            b'[' if depth <= DEEPEST => {
                let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
                serializer.collect_seq(items.into_iter().map(indented))
            }
            b'{' if depth <= DEEPEST => {
                let members: Members<'_> = serde_json::from_str(json).unwrap_or_default();
                let members = members.entries().map(|(name, raw)| (name, indented(raw)));
                serializer.collect_map(members)
            }
            _ => self.raw.serialize(serializer),
        }
    }
}
