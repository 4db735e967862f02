use std::collections::BTreeSet;

use crate::advice::{Remark, unusual};
use crate::json::{self, Kind, Token};
use crate::problem::{Fault, ProblemCode};
use crate::text::{is_blank, not_blank, opaque_debug};

/// The IPFS metadata of an NFT: a JSON object, kept as it was written. It is public for ever.
pub struct Metadata(String);

opaque_debug!(Metadata);

impl Metadata {
    /// The longest, in octets as written.
    pub const MAX: usize = 64 * 1024;

    /// The deepest nesting; the object itself is depth 1.
    pub const MAX_DEPTH: usize = 64;

    /// Takes the text of a JSON object.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed` when not JSON; `wrong_type` when not an object, or when its
    /// `attributes` are neither an object nor an array; `too_long` over 64 KiB; `out_of_range` when nested
    /// deeper than 64.
    pub fn from_json(text: &str) -> Result<Self, Fault> {
        // There is a first one, or it would not have failed.
        Self::read(text, text.len()).map_err(|mut faults| faults.swap_remove(0).1)
    }

    /// The object's text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Reads `text`, which stood as `written` octets. Each error says where, below the member's own path.
    pub(crate) fn read(text: &str, written: usize) -> Result<Self, Vec<(&'static str, Fault)>> {
        let whole = |code, message| vec![("", Fault::new(code, message))];
        not_blank(text).map_err(|missing| vec![("", missing)])?;
        let raw = json::value(text)
            .ok()
            .filter(|raw| json::strings_decode(raw))
            .ok_or_else(|| whole(ProblemCode::Malformed, "this text is not JSON"))?;
        if json::kind(raw) != Kind::Object {
            return Err(whole(
                ProblemCode::WrongType,
                "the metadata is a JSON object: {\"name\": …}",
            ));
        }
        let mut faults = Vec::new();
        if written > Self::MAX {
            faults.extend(whole(ProblemCode::TooLong, "at most 64 KiB"));
        } else if json::depth(raw) > Self::MAX_DEPTH {
            faults.extend(whole(ProblemCode::OutOfRange, "nested at most 64 deep"));
        }
        let attributes = top_members(raw)
            .filter(|(name, _)| name == "attributes")
            .last();
        if attributes
            .is_some_and(|(_, value)| !matches!(json::kind(value), Kind::Object | Kind::Array))
        {
            let fault = Fault::new(
                ProblemCode::WrongType,
                "attributes are an object or an array",
            );
            faults.push(("/attributes", fault));
        }
        if faults.is_empty() {
            return Ok(Self(raw.to_owned()));
        }
        Err(faults)
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        let members: Vec<_> = top_members(&self.0).collect();
        let is_named = |(name, value): &json::Member<'_>| name == "name" && !is_missing(value);
        if !members.iter().any(is_named) {
            return Some(unusual("NFT metadata usually has a name"));
        }
        let valueless = members
            .iter()
            .filter(|(name, _)| name == "attributes")
            .filter_map(|(_, value)| json::elements(value))
            .flatten()
            .any(|attribute| !top_members(attribute).any(|(name, _)| name == "value"));
        if valueless {
            return Some(unusual("an attribute without a value"));
        }
        repeats_a_name(&self.0)
            .then(|| unusual("a name stands twice in one object: readers keep only one"))
    }
}

/// The members of `raw`; none when it is no object.
fn top_members(raw: &str) -> impl Iterator<Item = json::Member<'_>> {
    json::members(raw).unwrap_or_default().into_iter()
}

/// Whether `raw` is `null` or blank text.
fn is_missing(raw: &str) -> bool {
    match json::kind(raw) {
        Kind::Null => true,
        Kind::String => json::unescape(raw).is_some_and(|text| is_blank(&text)),
        _ => false,
    }
}

fn repeats_a_name(raw: &str) -> bool {
    let mut open: Vec<BTreeSet<String>> = Vec::new();
    for token in json::tokens(raw) {
        match token {
            Token::OpenObject | Token::OpenArray => open.push(BTreeSet::new()),
            Token::Close => drop(open.pop()),
            Token::Name(name) => {
                let name = json::unescape(name)
                    .map(|name| name.to_string())
                    .unwrap_or_default();
                if open.last_mut().is_some_and(|names| !names.insert(name)) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_and_accepted() {
        use ProblemCode::{Malformed, OutOfRange, Required, TooLong, WrongType};
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        let long = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
        for (text, expected) in [
            (
                r#"{"name":"My NFT", "attributes": {"power":10, "color":"black"}}"#.to_owned(),
                None,
            ),
            ("{}".into(), None),
            (" ".into(), Some(Required)),
            ("{name:1}".into(), Some(Malformed)),
            (r#"{"a":"\ud800"}"#.into(), Some(Malformed)),
            ("[]".into(), Some(WrongType)),
            ("\"{}\"".into(), Some(WrongType)),
            (r#"{"attributes":"x"}"#.into(), Some(WrongType)),
            (r#"{"attributes":null}"#.into(), Some(WrongType)),
            (deep(63), None),
            (deep(64), Some(OutOfRange)),
            (deep(100_000), Some(TooLong)),
            (long(Metadata::MAX), None),
            (long(Metadata::MAX + 1), Some(TooLong)),
        ] {
            let code = Metadata::from_json(&text).err().map(|f| f.code());
            assert_eq!(code, expected, "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn remarked_on() {
        for (text, remarked) in [
            (r#"{"name":"a"}"#, false),
            (r#"{"title":"a"}"#, true),
            (r#"{"name":" "}"#, true),
            (r#"{"name":null}"#, true),
            (r#"{"name":"a","attributes":{"power":10}}"#, false),
            (
                r#"{"name":"a","attributes":[{"trait_type":"x","value":1}]}"#,
                false,
            ),
            (r#"{"name":"a","attributes":[{"trait_type":"x"}]}"#, true),
            (r#"{"name":"a","n\u0061me":"b"}"#, true),
            (
                r#"{"name":"a","b":{"name":"c"},"d":[{"e":1},{"e":1}]}"#,
                false,
            ),
            (r#"{"name":"a","b":[{"e":1,"e":2}]}"#, true),
        ] {
            assert_eq!(
                Metadata::from_json(text).unwrap().remark().is_some(),
                remarked,
                "{text}"
            );
        }
    }
}
