//! The dashboard under `/_sbx`: the admin API's functions as HTML pages, server-rendered and without scripts.

mod assumptions;
mod callbacks;
mod cards;
mod clock;
mod connect;
mod faults;
mod invoice;
mod invoices;
mod link;
mod moment;
mod pretty;
mod requests;
mod search;
mod settings;
mod sign_in;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use self::view::{STYLE, View};
use crate::admin::{Problem, admit_browser};
use crate::app::App;
use crate::http::{ok, see_other};
use crate::pages::html::{style, style_sheet};

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/_sbx", get(invoices::show))
        .route("/_sbx/", get(async || see_other("/_sbx")))
        // Only browsers get here; see `access::owns`.
        .route("/", get(async || see_other("/_sbx")))
        .route("/_sbx/health", get(health))
        .route("/_sbx/invoices/{id}", get(invoice::show))
        .route("/_sbx/invoices/{id}/transitions", post(invoice::transition))
        .route("/_sbx/search", post(search::submit))
        .route("/_sbx/callbacks", get(callbacks::list))
        .route("/_sbx/callbacks/{id}", get(callbacks::show))
        .route("/_sbx/callbacks/{id}/replay", post(callbacks::replay))
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
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn_with_state(Arc::clone(app), admitted))
        .with_state(Arc::clone(app))
}

/// For probes: responds as soon as the sandbox accepts connections.
async fn health() -> Response {
    ok(&json!({ "status": "ok" }))
}

async fn style() -> Response {
    style_sheet(style!("dashboard.css"))
}

/// Answers a request that is admitted. An error is shown as a page.
async fn admitted(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(problem) = admit_browser(&app, &mut parts) {
        return View::new(&app, &parts).problem(&problem);
    }
    let view = View::new(&app, &parts);
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.extensions().get() {
        Some(problem) => view.problem(problem),
        None => response,
    }
}

async fn unknown() -> Problem {
    Problem::not_found("The page does not exist, or its invoice or callback is no longer kept.")
}
