use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::admin::problem::Problem;
use crate::http::answer::json;

/// The result of a handler of the admin API or the dashboard.
pub(crate) type Answer = Result<Response, Problem>;

/// A successful response.
pub(super) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}
