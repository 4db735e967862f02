use std::fmt;

use crate::text::json_members::Members;

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
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    // The first of a repeated field counts.
    let (_, raw) = members.entries().find(|(name, _)| *name == FIELD)?;
    let reference: String = serde_json::from_str(raw.get()).ok()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let valid = (1..=LIMIT).contains(&reference.len()) && reference.bytes().all(allowed);
    valid.then_some(reference)
}
