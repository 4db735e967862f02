use std::fmt;

use serde::Serialize;

use super::field_value::{FieldValue, ValueWriter};
use super::input::{Cleaning, Content};
use super::reference::Reference;
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};
use crate::json::{self, Text};

/// The merchant's own data, which the gateway returns in its callback and in infos: text, or any JSON value.
///
/// At most 64 KiB; JSON is nested at most 64 deep. Text need not be JSON and is sent as it is.
///
/// ```
/// use nft_invoice_core::{CallbackData, Reference};
///
/// let data = CallbackData::from_json(r#"{"order": 7}"#)?;
/// assert_eq!(data.as_str(), r#"{"order": 7}"#);
/// let data = CallbackData::from(Reference::new("order-7f3a")?);
/// assert_eq!(data.reference(), Some(Reference::new("order-7f3a")?));
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallbackData {
    text: String,
    /// A JSON value that is not a string.
    is_json: bool,
}

opaque_debug!(CallbackData);
parses!(CallbackData);

impl CallbackData {
    /// The maximum length in octets, as it is written.
    pub const MAX: usize = 64 * 1024;

    /// The deepest nesting. The outermost container has depth 1.
    pub const MAX_DEPTH: usize = 64;

    /// Reads a JSON value. A JSON string counts as the text that it contains.
    ///
    /// # Errors
    ///
    /// `required` for `null` and blank text, `malformed` for what is not JSON, `too_long` over 64 KiB,
    /// `out_of_range` if nested deeper than 64.
    pub fn from_json(json: &str) -> Result<Self, ValueError> {
        let raw = json::value(json).map_err(|_| ValueError::new(&catalog::DATA_JSON))?;
        let mut errors = Vec::new();
        let mut notes = Notes {
            path: "".into(),
            element: None,
            codes: [None; 2],
            errors: &mut errors,
            warnings: None,
        };
        let content = super::Input::json(raw).content(Cleaning::Nothing, &mut notes)?;
        let built = Self::check(content, raw.len(), &mut notes).map(Self::build);
        match errors.pop() {
            Some(error) => Err(error.error),
            None => built.ok_or(ValueError::new(&catalog::REQUIRED)),
        }
    }

    /// Writes `value`, such as a `serde_json::Value` or a struct of your own, as JSON.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, ValueError> {
        let json =
            serde_json::to_string(value).map_err(|_| ValueError::new(&catalog::DATA_JSON))?;
        Self::from_json(&json)
    }

    /// Returns the text, or the JSON text of a value that is not a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the merchant's reference in it, if there is one.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        Reference::find(&self.text)
    }

    /// The same with `reference` in it, or unchanged if it cannot carry one or already does.
    pub(crate) fn with_reference_if_possible(self, reference: &Reference) -> Self {
        match joined(&self.text, reference) {
            Ok(Some(text)) => Self { text, ..self },
            _ => self,
        }
    }
}

/// `data` with `reference` in it; `None` if it contains that one already.
///
/// # Errors
///
/// `wrong_type` if it is not an object, `not_allowed` if it contains another reference, `too_long`.
pub(crate) fn joined(data: &str, reference: &Reference) -> Result<Option<String>, ValueError> {
    match Reference::find(data) {
        Some(present) if present == *reference => return Ok(None),
        Some(_) => return Err(ValueError::new(&catalog::OTHER_REFERENCE)),
        None => {}
    }
    let text = reference
        .join(data)
        .ok_or(ValueError::new(&catalog::REFERENCE_NEEDS_AN_OBJECT))?;
    if text.len() > CallbackData::MAX {
        Err(too_long())
    } else {
        Ok(Some(text))
    }
}

impl From<Reference> for CallbackData {
    /// Creates an object that contains the reference and nothing else.
    fn from(reference: Reference) -> Self {
        Self {
            text: reference.join("{}").unwrap_or_default(),
            is_json: true,
        }
    }
}

impl AsRef<str> for CallbackData {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for CallbackData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(feature = "serde")]
impl Serialize for CallbackData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_json {
            return serializer.serialize_str(&self.text);
        }
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(&self.text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for CallbackData {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Box<serde_json::value::RawValue>>::deserialize(deserializer)?;
        Self::from_json(raw.get()).map_err(serde::de::Error::custom)
    }
}

/// Data that was checked.
#[derive(Debug)]
pub enum CheckedData<'a> {
    /// Sent as it is.
    Text(Text<'a>),
    /// A JSON value that is not a string, as it was written.
    Json(Text<'a>),
}

impl CheckedData<'_> {
    /// The text, or the JSON text.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

impl FieldValue for CallbackData {
    type Checked<'a> = CheckedData<'a>;
    const CLEANING: Cleaning = Cleaning::Nothing;

    fn check<'a>(
        content: Content<'a>,
        written: usize,
        notes: &mut Notes<'_>,
    ) -> Option<CheckedData<'a>> {
        let data = match content {
            Content::Missing => return None,
            Content::Text(text) => CheckedData::Text(text),
            Content::Number(raw) | Content::Json(raw) => CheckedData::Json(Text::Borrowed(raw)),
        };
        if let CheckedData::Json(raw) = &data
            && !json::is_decodable(raw)
        {
            notes.error(ValueError::new(&catalog::SURROGATE));
            return None;
        }
        if written > Self::MAX {
            notes.error(too_long());
            return None;
        }
        if let CheckedData::Json(raw) = &data
            // Each level has two brackets.
            && raw.len() > 2 * Self::MAX_DEPTH
            && json::depth(raw) > Self::MAX_DEPTH
        {
            notes.error(ValueError::new(&catalog::TOO_DEEP).with(Self::MAX_DEPTH));
            return None;
        }
        Some(data)
    }

    fn warn(data: &CheckedData<'_>, _: &Rules, notes: &mut Notes<'_>) {
        if let CheckedData::Text(text) = data
            && text.trim_start().starts_with(['{', '['])
            && json::value(text).is_err()
        {
            notes.warn(&catalog::DATA_BROKEN_JSON);
        }
    }

    fn view(&self) -> CheckedData<'_> {
        if self.is_json {
            CheckedData::Json(Text::Borrowed(&self.text))
        } else {
            CheckedData::Text(Text::Borrowed(&self.text))
        }
    }

    fn build(data: CheckedData<'_>) -> Self {
        Self {
            text: data.as_str().to_owned(),
            is_json: matches!(data, CheckedData::Json(_)),
        }
    }

    fn each_text<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        each(&self.text);
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        if self.is_json {
            out.data(&self.text);
        } else {
            out.text(&self.text);
        }
    }
}

fn too_long() -> ValueError {
    ValueError::new(&catalog::TOO_MANY_OCTETS).with(CallbackData::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_any_json_value_within_limits() {
        use ErrorCode::{Malformed, OutOfRange, Required, TooLong};
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        let long = |n: usize| format!("\"{}\"", "x".repeat(n - 2));
        for (json, expected) in [
            (r#"{"order":7}"#.to_owned(), None),
            ("7".into(), None),
            ("true".into(), None),
            ("[]".into(), None),
            (r#""{txId : qktr12eqzg, status : sfrt}""#.into(), None),
            ("null".into(), Some(Required)),
            (r#"" ""#.into(), Some(Required)),
            ("{txId}".into(), Some(Malformed)),
            (r#"["\udc00"]"#.into(), Some(Malformed)),
            (deep(64), None),
            (deep(65), Some(OutOfRange)),
            (long(CallbackData::MAX), None),
            (long(CallbackData::MAX + 1), Some(TooLong)),
        ] {
            let code = CallbackData::from_json(&json)
                .err()
                .map(|error| error.code());
            assert_eq!(code, expected, "{}", &json[..json.len().min(60)]);
        }
    }

    #[test]
    fn a_reference_joins_objects_only_and_never_replaces_one() {
        let [first, second] = ["r-1", "r-2"].map(|text| Reference::new(text).unwrap());
        for (json, joins) in [
            ("{}", true),
            (r#"{"order":7}"#, true),
            (r#""{\"order\":7}""#, true),
            (r#""order 7""#, false),
            ("[7]", false),
            ("7", false),
        ] {
            let data = CallbackData::from_json(json).unwrap();
            assert_eq!(joined(data.as_str(), &first).is_ok(), joins, "{json}");
            let data = data.with_reference_if_possible(&first);
            assert_eq!(data.reference().is_some(), joins, "{json}");
            let again = data.with_reference_if_possible(&second);
            assert_ne!(again.reference().as_ref(), Some(&second), "{json}");
        }
        let full = format!(r#"{{"a":"{}"}}"#, "x".repeat(CallbackData::MAX - 10));
        let full = CallbackData::from_json(&full).unwrap();
        assert_eq!(
            joined(full.as_str(), &first).unwrap_err().code(),
            ErrorCode::TooLong
        );
    }
}
