use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::field_value::{FieldValue, ValueWriter};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};
use crate::json::{self, Kind, NotAnObject, Text, Token};

/// The IPFS metadata of an NFT: a JSON object of at most 64 KiB, nested at most 64 deep, kept as it was written.
///
/// It is permanently public.
///
/// ```
/// use nft_invoice_core::Metadata;
///
/// let metadata: Metadata = r#"{"name": "Lighthouse #7"}"#.parse()?;
/// assert_eq!(metadata.as_str(), r#"{"name": "Lighthouse #7"}"#);
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metadata(String);

opaque_debug!(Metadata);
parses!(Metadata);
json_conversions!(Metadata);

impl Metadata {
    /// The maximum length in octets.
    pub const MAX: usize = 64 * 1024;

    /// The deepest nesting. The object itself has depth 1.
    pub const MAX_DEPTH: usize = 64;

    /// Writes `value`, such as a `serde_json::Value` or a struct of your own, as metadata.
    ///
    /// # Errors
    ///
    /// `malformed` if `value` cannot be written as JSON; otherwise as for text.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, ValueError> {
        let json =
            serde_json::to_string(value).map_err(|_| ValueError::new(&catalog::METADATA_JSON))?;
        json.parse()
    }
}

impl FieldValue for Metadata {
    /// The object's text.
    type Checked<'a> = Text<'a>;
    const CLEANING: Cleaning = Cleaning::Nothing;

    fn check<'a>(content: Content<'a>, written: usize, notes: &mut Notes<'_>) -> Option<Text<'a>> {
        let text = match content {
            Content::Text(text) => text,
            Content::Json(raw) if json::kind(raw) == Kind::Object => Text::Borrowed(raw),
            _ => {
                notes.error(ValueError::new(&catalog::NOT_AN_OBJECT));
                return None;
            }
        };
        let mut attributes = None;
        let read = json::members(&text, |member| {
            if attributes.is_none() && member.is_named("attributes") {
                attributes = Some(json::kind(member.value));
            }
        });
        let depth = match read {
            Ok(depth) if json::is_decodable(&text) => depth,
            Ok(_) => {
                notes.error(ValueError::new(&catalog::SURROGATE));
                return None;
            }
            Err(NotAnObject::OtherType) => {
                notes.error(ValueError::new(&catalog::NOT_AN_OBJECT));
                return None;
            }
            Err(NotAnObject::Malformed(_)) => {
                notes.error(ValueError::new(&catalog::METADATA_JSON));
                return None;
            }
        };
        let mut is_valid = true;
        if written > Self::MAX {
            notes.error(ValueError::new(&catalog::TOO_MANY_OCTETS).with(Self::MAX));
            is_valid = false;
        } else if depth > Self::MAX_DEPTH {
            notes.error(ValueError::new(&catalog::TOO_DEEP).with(Self::MAX_DEPTH));
            is_valid = false;
        }
        if !matches!(
            attributes,
            None | Some(Kind::Object | Kind::Array | Kind::Null)
        ) {
            notes.error_at("/attributes", ValueError::new(&catalog::ATTRIBUTES_TYPE));
            is_valid = false;
        }
        is_valid.then_some(text)
    }

    fn warn(text: &Text<'_>, _: &Rules, notes: &mut Notes<'_>) {
        let (mut has_name, mut has_valueless) = (false, false);
        let _ = json::members(text, |member| match member.decoded_name().as_deref() {
            Some("name") => has_name |= !is_blank(member.value),
            Some("attributes") => {
                let attributes = json::elements(member.value).unwrap_or_default();
                has_valueless |= attributes.iter().any(|attribute| !has_value(attribute));
            }
            _ => {}
        });
        if !has_name {
            notes.warn(&catalog::METADATA_NO_NAME);
        }
        if has_valueless {
            notes.warn(&catalog::METADATA_NO_VALUE);
        }
        if repeats_a_name(text) {
            notes.warn(&catalog::METADATA_REPEATED);
        }
    }

    fn view(&self) -> Text<'_> {
        Text::Borrowed(&self.0)
    }

    fn build(text: Text<'_>) -> Self {
        Self(text.trim_matches([' ', '\t', '\n', '\r']).to_owned())
    }

    fn each_text<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        each(&self.0);
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.metadata(&self.0);
    }
}

/// Whether `raw` is `null` or blank text.
fn is_blank(raw: &str) -> bool {
    match json::kind(raw) {
        Kind::Null => true,
        Kind::String => json::unescape(&raw[1..raw.len() - 1])
            .is_some_and(|text| text.chars().all(char::is_whitespace)),
        _ => false,
    }
}

fn has_value(attribute: &str) -> bool {
    let mut has_value = false;
    let _ = json::members(attribute, |member| {
        has_value |= member.is_named("value");
    });
    has_value
}

fn repeats_a_name(raw: &str) -> bool {
    let mut open: Vec<HashSet<String>> = Vec::new();
    for token in json::tokens(raw) {
        match token {
            Token::Open => open.push(HashSet::new()),
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
    use crate::error::ErrorCode;

    #[test]
    fn accepts_a_json_object_within_limits() {
        use ErrorCode::{Malformed, OutOfRange, Required, TooLong, WrongType};
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        let long = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
        for (text, expected) in [
            (
                r#"{"name":"My NFT", "attributes": {"power":10, "color":"black"}}"#.to_owned(),
                None,
            ),
            (" {} ".into(), None),
            (r#"{"attributes":null}"#.into(), None),
            (" ".into(), Some(Required)),
            ("{name:1}".into(), Some(Malformed)),
            (r#"{"a":"\ud800"}"#.into(), Some(Malformed)),
            ("[]".into(), Some(WrongType)),
            ("\"{}\"".into(), Some(WrongType)),
            (r#"{"attributes":"x"}"#.into(), Some(WrongType)),
            (deep(63), None),
            (deep(64), Some(OutOfRange)),
            (deep(100_000), Some(TooLong)),
            (long(Metadata::MAX), None),
            (long(Metadata::MAX + 1), Some(TooLong)),
        ] {
            let code = text.parse::<Metadata>().err().map(|error| error.code());
            assert_eq!(code, expected, "{}", &text[..text.len().min(60)]);
        }
        let written = Metadata::new(&serde_json::json!({"name": "a"})).unwrap();
        assert_eq!(written.to_string(), r#"{"name":"a"}"#);
        assert!(Metadata::new("text").is_err());
        let half = r#"{"a":"\ud800"}"#.parse::<Metadata>().unwrap_err();
        assert!(half.is(&catalog::SURROGATE));
    }

    #[test]
    fn finds_repeated_names_in_one_object_only() {
        assert!(repeats_a_name(r#"{"name":"a","n\u0061me":"b"}"#));
        assert!(repeats_a_name(r#"{"b":[{"e":1,"e":2}]}"#));
        assert!(!repeats_a_name(
            r#"{"name":"a","b":{"name":"c"},"d":[{"e":1},{"e":1}]}"#
        ));
    }
}
