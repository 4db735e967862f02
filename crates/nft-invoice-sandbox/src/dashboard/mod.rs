//! The dashboard under `/_sbx`: the admin API's functions as HTML pages, server-rendered and without scripts.

mod assumptions;
mod callback;
mod callbacks;
mod cards;
mod clock;
mod connect;
mod faults;
mod field_error;
mod invoice;
mod invoices;
mod link;
mod moment;
mod pages;
mod pretty;
mod requests;
mod search;
mod settings;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use crate::admin::problem::Problem;
use crate::app::App;
use crate::http::answer::{self, typed};
pub(crate) use view::View;

const STYLE: &str = "/_sbx/style.css";

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/_sbx", get(invoices::show))
        .route("/_sbx/", get(async || to("/_sbx")))
        // Only browsers get here; see `gate::owns`.
        .route("/", get(async || to("/_sbx")))
        .route("/_sbx/health", get(health))
        .route("/_sbx/invoices/{id}", get(invoice::show))
        .route("/_sbx/invoices/{id}/transitions", post(invoice::transition))
        .route("/_sbx/search", post(search::submit))
        .route("/_sbx/callbacks", get(callbacks::show))
        .route("/_sbx/callbacks/{id}", get(callback::show))
        .route("/_sbx/callbacks/{id}/replay", post(callback::replay))
        .route("/_sbx/requests", get(requests::show))
        .route("/_sbx/faults", get(faults::show).post(faults::replace))
        .route("/_sbx/clock", get(clock::show).post(clock::advance))
        .route("/_sbx/settings", get(settings::show).post(settings::change))
        .route("/_sbx/reset", post(settings::reset))
        .route("/_sbx/connect", get(connect::show))
        .route("/_sbx/cards", get(cards::show).post(cards::script))
        .route("/_sbx/cards/forget", post(cards::forget))
        .route("/_sbx/assumptions", get(assumptions::show))
        .route(STYLE, get(style))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

/// The fields of a submitted form. If a field is repeated, the last value counts.
type Fields = Form<HashMap<String, String>>;

fn field<'a>(fields: &'a HashMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// Redirects to the page that shows the result of a form, or shows the error.
fn after<T>(view: &View, done: Result<T, Problem>, page: impl FnOnce(T) -> String) -> Response {
    match done {
        Ok(done) => to(&page(done)),
        Err(problem) => view.problem(&problem),
    }
}

/// Redirects, so that a reload does not resubmit the form.
fn to(path: &str) -> Response {
    let mut response = typed(StatusCode::SEE_OTHER, "text/plain", Body::empty());
    let path = path.parse().expect("a path of the dashboard fits a header");
    response.headers_mut().insert(LOCATION, path);
    response
}

/// For probes: responds as soon as the sandbox accepts connections.
async fn health() -> Response {
    answer::json(StatusCode::OK, &json!({ "status": "ok" }))
}

async fn style() -> Response {
    let css = concat!(
        include_str!("../checkout/base.css"),
        include_str!("dashboard.css")
    );
    typed(StatusCode::OK, "text/css; charset=utf-8", Body::from(css))
}

/// The error page for a visitor whom the gate rejects.
pub(crate) fn refused(app: &Arc<App>, problem: &Problem) -> Response {
    View::of_stranger(Arc::clone(app)).problem(problem)
}

async fn unknown(view: View) -> Response {
    let nothing = "The page does not exist, or its invoice or callback is no longer kept.";
    view.problem(&Problem::NotFound(nothing.to_owned()))
}

async fn wrong_method(view: View) -> Response {
    view.problem(&Problem::Method)
}
