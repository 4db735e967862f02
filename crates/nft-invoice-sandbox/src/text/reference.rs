use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The field of `callbackJson` that contains the merchant's reference.
const FIELD: &str = "nftInvoiceReference";

/// The maximum length in characters.
const LIMIT: usize = 64;

/// Returns the merchant's reference in a raw `callbackJson`, which is opaque: an object, or a string that contains one,
/// may have a reference; anything else has none.
pub(crate) fn find(callback_json: &str) -> Option<String> {
    // Most values have none, and parsing up to 64 KiB is not free. An escape can hide the name.
    if !callback_json.contains(FIELD) && !callback_json.contains("\\u") {
        return None;
    }
    match serde_json::from_str::<String>(callback_json) {
        Ok(text) => in_object(&text),
        Err(_) => in_object(callback_json),
    }
}

/// Appends the reference to a line for people, if there is one.
pub(crate) fn append(reference: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reference {
        Some(reference) => write!(f, ", reference {reference}"),
        None => Ok(()),
    }
}

fn in_object(text: &str) -> Option<String> {
    let First(value) = serde_json::from_str(text).ok()?;
    let reference: String = serde_json::from_str(value?.get()).ok()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let valid = (1..=LIMIT).contains(&reference.len()) && reference.bytes().all(allowed);
    valid.then_some(reference)
}

/// The value of the first field of this name.
struct First<'a>(Option<&'a RawValue>);

impl<'de> Deserialize<'de> for First<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = First<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First<'de>, A::Error> {
                let mut first = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name == FIELD && first.is_none() {
                        first = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(First(first))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
