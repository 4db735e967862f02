use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

/// A successful response with a JSON body.
pub(crate) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// A response with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Enough for most responses.
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, body)
        .expect("a response contains only text, numbers and raw JSON");
    typed(status, "application/json", bytes.into())
}

/// Redirects to `location`, so that a reload does not submit a form again.
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = typed(StatusCode::SEE_OTHER, "text/plain", Body::empty());
    let location = HeaderValue::from_str(location).expect("the location fits a header");
    response.headers_mut().insert(LOCATION, location);
    response
}

/// A response of any content type. No response may be cached, because most change or are private.
pub(crate) fn typed(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
