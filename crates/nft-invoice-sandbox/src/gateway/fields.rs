use axum::http::StatusCode;

use crate::assumption::{Assumptions, BodyNotJson};
use crate::gateway::rejection::Rejection;
use crate::text::Members;

/// The fields of a request's body.
pub(crate) fn fields<'a>(
    assumptions: &Assumptions,
    body: &'a [u8],
) -> Result<Members<'a>, Rejection> {
    // Checking UTF-8 once is faster than letting the library check each value.
    match str::from_utf8(body).map(serde_json::from_str) {
        Ok(Ok(members)) => Ok(members),
        _ if assumptions.body_not_json == BodyNotJson::BadRequest => {
            let message = "the body must be a JSON object";
            Err(Rejection::http(StatusCode::BAD_REQUEST, message))
        }
        _ => Ok(Members::default()),
    }
}

/// Why a body cannot be read, for the journal.
pub(crate) fn body_error(body: &[u8]) -> Option<&'static str> {
    if serde_json::from_slice::<Members<'_>>(body).is_ok() {
        return None;
    }
    Some(match body.trim_ascii() {
        [] => "empty; the gateway takes JSON",
        [b'{' | b'[' | b'"', ..] => "not valid; the gateway takes a JSON object",
        [b'-', b'-', ..] => "multipart; the gateway takes JSON",
        text if text.contains(&b'=') => "form-encoded; the gateway takes JSON",
        _ => "not JSON; the gateway takes JSON",
    })
}
