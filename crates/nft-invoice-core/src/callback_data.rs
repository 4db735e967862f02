use crate::advice::{Remark, unusual};
use crate::json::{self, Kind};
use crate::problem::{Fault, ProblemCode};
use crate::reference::Reference;
use crate::text::{not_blank, opaque_debug};

/// The merchant's own data, which the gateway hands back in its callback: text, or any JSON value.
pub struct CallbackData(Form);

opaque_debug!(CallbackData);

pub(crate) enum Form {
    /// Sent as it is.
    Text(String),
    /// Anything but a string, as it was written.
    Json(String),
}

impl CallbackData {
    /// The longest, in octets as written.
    pub const MAX: usize = 64 * 1024;

    /// The deepest nesting; the outermost container is depth 1.
    pub const MAX_DEPTH: usize = 64;

    /// Takes text, which need not be JSON.
    ///
    /// # Errors
    ///
    /// `required` when blank, `too_long` over 64 KiB.
    pub fn text(text: &str) -> Result<Self, Fault> {
        Self::text_written(text, text.len())
    }

    /// Takes the text of a JSON value; a JSON string counts as the text it holds.
    ///
    /// # Errors
    ///
    /// `required` when blank or `null`, `malformed` when not JSON, `too_long` over 64 KiB, `out_of_range`
    /// when nested deeper than 64.
    pub fn from_json(json: &str) -> Result<Self, Fault> {
        not_blank(json)?;
        let malformed = || Fault::new(ProblemCode::Malformed, "this text is not JSON");
        let raw = json::value(json).map_err(|_| malformed())?;
        match json::kind(raw) {
            Kind::Null => Err(crate::text::required()),
            Kind::String => {
                let text = json::unescape(raw).ok_or_else(malformed)?;
                Self::text_written(&text, raw.len())
            }
            _ if !json::strings_decode(raw) => Err(malformed()),
            _ if raw.len() > Self::MAX => Err(too_long()),
            _ if json::depth(raw) > Self::MAX_DEPTH => Err(Fault::new(
                ProblemCode::OutOfRange,
                "nested at most 64 deep",
            )),
            _ => Ok(Self(Form::Json(raw.to_owned()))),
        }
    }

    /// The merchant's reference in it, if there is one.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        Reference::find(self.as_text())
    }

    pub(crate) fn form(&self) -> &Form {
        &self.0
    }

    /// The same with `reference` in it, if it is an object that has none; otherwise as it was.
    pub(crate) fn with_reference(self, reference: &Reference) -> Result<Self, Fault> {
        let (Some(joined), None) = (reference.join(self.as_text()), self.reference()) else {
            return Ok(self);
        };
        if joined.len() > Self::MAX {
            return Err(too_long());
        }
        Ok(Self(match self.0 {
            Form::Text(_) => Form::Text(joined),
            Form::Json(_) => Form::Json(joined),
        }))
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        let text = self.as_text();
        let looks_like_json = text.trim_start().starts_with(['{', '[']);
        if looks_like_json && json::value(text).is_err() {
            return Some(unusual(
                "this looks like JSON but is not; it is sent as it is",
            ));
        }
        self.reference().is_none().then_some(NO_REFERENCE)
    }

    fn text_written(text: &str, written: usize) -> Result<Self, Fault> {
        not_blank(text)?;
        if written > Self::MAX {
            return Err(too_long());
        }
        Ok(Self(Form::Text(text.to_owned())))
    }

    fn as_text(&self) -> &str {
        match &self.0 {
            Form::Text(text) | Form::Json(text) => text,
        }
    }
}

impl From<Reference> for CallbackData {
    /// An object that holds the reference and nothing else.
    fn from(reference: Reference) -> Self {
        Self(Form::Json(reference.join("{}").unwrap_or_default()))
    }
}

/// The remark about an invoice that cannot be found again.
pub(crate) const NO_REFERENCE: Remark =
    unusual("without a reference in it, an invoice whose answer was lost cannot be found again");

fn too_long() -> Fault {
    Fault::new(ProblemCode::TooLong, "at most 64 KiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_and_accepted() {
        use ProblemCode::{Malformed, OutOfRange, Required, TooLong};
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        let long = |n: usize| format!("\"{}\"", "x".repeat(n - 2));
        for (json, expected) in [
            (r#"{"order":7}"#.to_owned(), None),
            ("7".into(), None),
            ("true".into(), None),
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
            let code = CallbackData::from_json(&json).err().map(|f| f.code());
            assert_eq!(code, expected, "{}", &json[..json.len().min(60)]);
        }
    }

    #[test]
    fn a_reference_joins_objects_only_and_once() {
        let reference = Reference::new("r-1").unwrap();
        let other = Reference::new("r-2").unwrap();
        for (json, joins) in [
            ("{}", true),
            (r#"{"order":7}"#, true),
            (r#""{\"order\":7}""#, true),
            (r#""order 7""#, false),
            ("[7]", false),
            ("7", false),
        ] {
            let data = CallbackData::from_json(json)
                .unwrap()
                .with_reference(&reference)
                .unwrap();
            assert_eq!(
                data.reference().as_ref().map(Reference::as_str),
                joins.then_some("r-1"),
                "{json}"
            );
            let again = data.with_reference(&other).unwrap();
            assert_ne!(again.reference(), Some(other.clone()), "{json}");
        }
        let full = format!(r#"{{"a":"{}"}}"#, "x".repeat(CallbackData::MAX - 10));
        let full = CallbackData::from_json(&full).unwrap();
        assert_eq!(
            full.with_reference(&reference).unwrap_err().code(),
            ProblemCode::TooLong
        );
    }
}
