use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;

use crate::http::answer::typed;

/// The fields of a submitted form. If a field is repeated, the last value counts.
pub(super) type Fields = Form<HashMap<String, String>>;

pub(super) fn field<'a>(fields: &'a HashMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// Redirects, so that a reload does not resubmit the form.
pub(super) fn to(path: &str) -> Response {
    let mut response = typed(StatusCode::SEE_OTHER, "text/plain", Body::empty());
    let path = path.parse().expect("a path of the dashboard fits a header");
    response.headers_mut().insert(LOCATION, path);
    response
}
