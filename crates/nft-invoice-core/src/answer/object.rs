use std::str::FromStr;

use crate::answer::Unreadable;
use crate::json::{self, Kind, Member, NoObject};

const NOT_JSON: &str = "not JSON";
const NOT_AN_OBJECT: &str = "not a JSON object";
const MISSING: &str = "missing";

/// An object of the gateway's while it is read: members are taken out by name, and what is left was not
/// understood.
pub(crate) struct Object<'a> {
    at: String,
    members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// The object that a body is, less a byte order mark and the space around it.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(body).map_err(|error| {
            malformed(json::position_of(body, error.valid_up_to()), "not UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match json::members(text) {
            Ok(members) => Ok(Self {
                at: String::new(),
                members,
            }),
            Err(NoObject::Malformed(position)) => Err(malformed(position, NOT_JSON)),
            Err(NoObject::OtherType) => Err(Unreadable::new("", NOT_AN_OBJECT)),
        }
    }

    /// Takes a member that may be missing or `null`, and reads its string or number. One that is there more
    /// than once or cannot be read stays, so that it is not lost.
    pub(crate) fn take<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let (index, raw) = self.find(name).ok().flatten()?;
        let value = scalar(raw);
        if value.is_some() || json::kind(raw) == Kind::Null {
            self.members.remove(index);
        }
        value
    }

    /// Takes a member that must be there, and reads its string or number.
    pub(crate) fn need<T: FromStr>(&mut self, name: &str) -> Result<T, Unreadable> {
        let raw = self.need_raw(name)?;
        if raw == "\"\"" {
            return Err(Unreadable::new(self.pointer(name), MISSING));
        }
        scalar(raw).ok_or_else(|| Unreadable::new(self.pointer(name), "of another type or form"))
    }

    /// Takes an object that must be there.
    pub(crate) fn need_object(&mut self, name: &str) -> Result<Self, Unreadable> {
        let raw = self.need_raw(name)?;
        inner(self.pointer(name), raw)
    }

    /// Takes an array of objects that must be there.
    pub(crate) fn need_list(
        &mut self,
        name: &str,
    ) -> Result<impl Iterator<Item = Result<Self, Unreadable>>, Unreadable> {
        let raw = self.need_raw(name)?;
        let list = self.pointer(name);
        let elements =
            json::elements(raw).ok_or_else(|| Unreadable::new(&*list, "not a JSON array"))?;
        Ok(elements
            .into_iter()
            .enumerate()
            .map(move |(n, raw)| inner(format!("{list}/{n}"), raw)))
    }

    /// Takes a member that may be missing or `null`, as it was written.
    pub(crate) fn take_raw(&mut self, name: &str) -> Result<Option<&'a str>, Unreadable> {
        let Some((index, raw)) = self.find(name)? else {
            return Ok(None);
        };
        self.members.remove(index);
        Ok((json::kind(raw) != Kind::Null).then_some(raw))
    }

    /// Takes the merchant's data: the text of a string, the JSON text of anything else.
    pub(crate) fn take_data(&mut self, name: &str) -> Option<String> {
        let raw = self.take_raw(name).ok().flatten()?;
        Some(scalar(raw).unwrap_or_else(|| raw.to_owned()))
    }

    /// What was not taken: names, and values as they were written.
    pub(crate) fn rest(self) -> Vec<(String, String)> {
        self.members
            .into_iter()
            .map(|(name, raw)| (name.into_owned(), raw.to_owned()))
            .collect()
    }

    /// The JSON Pointer of a member.
    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    fn need_raw(&mut self, name: &str) -> Result<&'a str, Unreadable> {
        self.take_raw(name)?
            .ok_or_else(|| Unreadable::new(self.pointer(name), MISSING))
    }

    fn find(&self, name: &str) -> Result<Option<(usize, &'a str)>, Unreadable> {
        let mut found = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, (member, _))| member == name)
            .map(|(index, (_, raw))| (index, *raw));
        let first = found.next();
        if found.next().is_some() {
            return Err(Unreadable::new(self.pointer(name), "there more than once"));
        }
        Ok(first)
    }
}

/// What a JSON string says or a JSON number is, read as `T`.
pub(crate) fn scalar<T: FromStr>(raw: &str) -> Option<T> {
    match json::kind(raw) {
        Kind::String => json::unescape(raw)?.parse().ok(),
        Kind::Number => raw.parse().ok(),
        _ => None,
    }
}

fn inner(at: String, raw: &str) -> Result<Object<'_>, Unreadable> {
    match json::members(raw) {
        Ok(members) => Ok(Object { at, members }),
        Err(_) => Err(Unreadable::new(at, NOT_AN_OBJECT)),
    }
}

fn malformed(position: json::Position, reason: &'static str) -> Unreadable {
    let json::Position { line, column } = position;
    Unreadable::new(format!("line {line}, column {column}"), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_stays_and_null_counts_as_missing() {
        let body = br#"{"a":"1","b":2,"c":null,"d":true,"e":"x","f":1,"f":2}"#;
        let mut object = Object::read(body).unwrap();
        assert_eq!(object.take("a"), Some(1_u32));
        assert_eq!(object.take("b"), Some("2".to_owned()));
        for name in ["c", "d", "e", "f", "g"] {
            assert_eq!(object.take::<u32>(name), None, "{name}");
        }
        let rest = object.rest();
        let names: Vec<&str> = rest.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["d", "e", "f", "f"]);
        assert_eq!(rest[1].1, r#""x""#);
    }

    #[test]
    fn the_merchants_data_is_text_whatever_its_type() {
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
            assert_eq!(object.take_data("callbackJson").as_deref(), text, "{raw}");
        }
    }

    #[test]
    fn what_is_nested_says_where() {
        let body = br#"{"a":{"b":{}},"list":[{},{},7],"c":{"\ud800":1}}"#;
        let mut object = Object::read(body).unwrap();
        let mut a = object.need_object("a").unwrap();
        let missing = a.need_object("b").unwrap().need::<u32>("c").unwrap_err();
        assert_eq!(missing, Unreadable::new("/a/b/c", MISSING));
        let third = object.need_list("list").unwrap().nth(2).unwrap();
        assert_eq!(third.err(), Some(Unreadable::new("/list/2", NOT_AN_OBJECT)));
        let c = object.need_object("c").err();
        assert_eq!(c, Some(Unreadable::new("/c", NOT_AN_OBJECT)));
    }
}
