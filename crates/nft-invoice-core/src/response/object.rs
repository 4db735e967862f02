use std::borrow::Cow;
use std::str::FromStr;

use super::Unreadable;
use super::received::Received;
use crate::json::{self, Kind, NotAnObject, Position};

pub(crate) const NOT_JSON: &str = "not JSON";
const NOT_AN_OBJECT: &str = "not a JSON object";
pub(crate) const MISSING: &str = "missing";
const REPEATED: &str = "repeated";
const OTHER_FORM: &str = "of another type or format";

/// An object of the gateway's while it is read: fields are taken out by name, and what is left was not understood.
pub(crate) struct Object<'a> {
    /// Where it is, as a JSON Pointer.
    at: Cow<'static, str>,
    /// Those that were not taken yet.
    fields: Vec<Option<json::Member<'a>>>,
}

impl<'a> Object<'a> {
    /// Reads the object of a body, without a byte-order mark and the white space around it.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        let malformed = |at, reason| {
            let Position { line, column } = Position::of(body, at);
            Unreadable::new(format!("line {line}, column {column}"), reason)
        };
        let text = std::str::from_utf8(body)
            .map_err(|error| malformed(error.valid_up_to(), "not UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        fields(text)
            .map(|fields| Self {
                at: Cow::Borrowed(""),
                fields,
            })
            .map_err(|error| match error {
                NotAnObject::Malformed(at) => malformed(at + body.len() - text.len(), NOT_JSON),
                NotAnObject::OtherType => Unreadable::new("", NOT_AN_OBJECT),
            })
    }

    /// Takes a field that may be missing or `null`, and reads its string or number. A repeated one stays.
    pub(crate) fn take<T: FromStr>(&mut self, name: &str) -> Option<Received<T>> {
        let raw = self.take_raw(name).ok()??;
        Some(match scalar(raw) {
            Some(value) => Received::Value(value),
            None => Received::Unreadable(text(raw)),
        })
    }

    /// Takes a field that may be missing or `null`: the text of a string, the JSON text of anything else.
    pub(crate) fn take_text(&mut self, name: &str) -> Option<String> {
        self.take_raw(name).ok()?.map(text)
    }

    /// Takes a field that must be there, and reads its string or number.
    pub(crate) fn need<T: FromStr>(&mut self, name: &str) -> Result<T, Unreadable> {
        let raw = self.need_raw(name)?;
        if raw == "\"\"" {
            return Err(self.unreadable(name, MISSING));
        }
        scalar(raw).ok_or_else(|| self.unreadable(name, OTHER_FORM))
    }

    /// Takes an object that must be there.
    pub(crate) fn need_object(&mut self, name: &'static str) -> Result<Self, Unreadable> {
        let raw = self.need_raw(name)?;
        match fields(raw) {
            Ok(fields) => Ok(Object {
                at: Cow::Owned(format!("{}/{name}", self.at)),
                fields,
            }),
            Err(_) => Err(self.unreadable(name, NOT_AN_OBJECT)),
        }
    }

    /// Takes an array of objects that must be there, and reads each with `read`.
    pub(crate) fn need_list<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(Object<'a>) -> T,
    ) -> Result<Vec<T>, Unreadable> {
        let raw = self.need_raw(name)?;
        let Some(elements) = json::elements(raw) else {
            return Err(self.unreadable(name, "not a JSON array"));
        };
        let read = |(at, raw): (usize, &&'a str)| match fields(raw) {
            Ok(fields) => Ok(read(Object {
                at: Cow::Borrowed(""),
                fields,
            })),
            Err(_) => Err(Unreadable::new(
                format!("{}/{name}/{at}", self.at),
                NOT_AN_OBJECT,
            )),
        };
        elements.iter().enumerate().map(read).collect()
    }

    /// Takes a field that may be missing or `null`, as it was written.
    pub(crate) fn take_raw(&mut self, name: &str) -> Result<Option<&'a str>, Unreadable> {
        let mut found = None;
        for (at, field) in self.fields.iter().enumerate() {
            let is_it = field.is_some_and(|field| field.is_named(name));
            if is_it && found.replace(at).is_some() {
                return Err(self.unreadable(name, REPEATED));
            }
        }
        let field = found.and_then(|at| self.fields[at].take());
        Ok(field
            .map(|field| field.value)
            .filter(|raw| json::kind(raw) != Kind::Null))
    }

    /// What was not taken: names, and values as they were written.
    pub(crate) fn rest(self) -> Vec<(String, String)> {
        let name = |field: &json::Member<'_>| {
            field
                .decoded_name()
                .map_or_else(|| field.name.to_owned(), |name| name.to_string())
        };
        self.fields
            .iter()
            .flatten()
            .map(|field| (name(field), field.value.to_owned()))
            .collect()
    }

    fn need_raw(&mut self, name: &str) -> Result<&'a str, Unreadable> {
        self.take_raw(name)?
            .ok_or_else(|| self.unreadable(name, MISSING))
    }

    fn unreadable(&self, name: &str, reason: &'static str) -> Unreadable {
        Unreadable::new(format!("{}/{name}", self.at), reason)
    }
}

/// Reads the JSON string or number `raw` as `T`.
pub(crate) fn scalar<T: FromStr>(raw: &str) -> Option<T> {
    match json::kind(raw) {
        Kind::String => json::unescape(&raw[1..raw.len() - 1])?.parse().ok(),
        Kind::Number => raw.parse().ok(),
        _ => None,
    }
}

/// The text of a string, the JSON text of anything else.
fn text(raw: &str) -> String {
    let text = (json::kind(raw) == Kind::String)
        .then(|| json::unescape(&raw[1..raw.len() - 1]))
        .flatten();
    text.map_or_else(|| raw.to_owned(), |text| text.to_string())
}

fn fields(raw: &str) -> Result<Vec<Option<json::Member<'_>>>, NotAnObject> {
    let mut fields = Vec::with_capacity(20);
    json::members(raw, |field| fields.push(Some(field)))?;
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_cannot_be_read_and_takes_null_for_missing() {
        let body = br#"{"a":"1","b":2,"c":null,"d":true,"e":"x","f":1,"f":2}"#;
        let mut object = Object::read(body).unwrap();
        assert_eq!(object.take("a"), Some(Received::Value(1_u32)));
        assert_eq!(object.take("b"), Some(Received::Value("2".to_owned())));
        assert_eq!(
            object.take::<u32>("d"),
            Some(Received::Unreadable("true".into()))
        );
        assert_eq!(
            object.take::<u32>("e"),
            Some(Received::Unreadable("x".into()))
        );
        for name in ["c", "f", "g"] {
            assert_eq!(object.take::<u32>(name), None, "{name}");
        }
        let rest = object.rest();
        assert_eq!(
            rest,
            [
                ("f".to_owned(), "1".to_owned()),
                ("f".to_owned(), "2".to_owned())
            ]
        );
    }

    #[test]
    fn takes_any_type_as_text() {
        for (raw, text) in [
            (r#""{\"a\":1}""#, Some(r#"{"a":1}"#)),
            (r#"{"a":1}"#, Some(r#"{"a":1}"#)),
            ("5", Some("5")),
            (r#""""#, Some("")),
            (r#""\ud800""#, Some(r#""\ud800""#)),
            ("null", None),
        ] {
            let body = format!(r#"{{"callbackJson":{raw}}}"#);
            let mut object = Object::read(body.as_bytes()).unwrap();
            assert_eq!(object.take_text("callbackJson").as_deref(), text, "{raw}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        let body = br#"{"a":{"b":{}},"list":[{},{},7],"c":7}"#;
        let mut object = Object::read(body).unwrap();
        let mut a = object.need_object("a").unwrap();
        let missing = a.need_object("b").unwrap().need::<u32>("c").unwrap_err();
        assert_eq!(missing, Unreadable::new("/a/b/c", MISSING));
        let third = object.need_list("list", |_| ()).unwrap_err();
        assert_eq!(third, Unreadable::new("/list/2", NOT_AN_OBJECT));
        let c = object.need_object("c").err();
        assert_eq!(c, Some(Unreadable::new("/c", NOT_AN_OBJECT)));
    }
}
