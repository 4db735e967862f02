use std::collections::HashMap;

use axum::extract::Form;

/// The fields of a submitted form. If a field is repeated, the last value counts.
pub(super) type Fields = Form<HashMap<String, String>>;

pub(super) fn field<'a>(fields: &'a HashMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}
