//! The admin API, which controls a running sandbox over JSON, and the functions that the dashboard shares with it.

pub(crate) mod access;
mod catalogue;
mod clock;
mod config;
mod delivery;
mod event_stream;
mod fault;
mod input;
mod invoice;
mod outcome;
mod paging;
mod problem;
mod request;

pub(crate) use access::{Visitor, admit_browser, cookie_name, is_token};
pub(crate) use clock::move_by;
pub(crate) use config::SettingsChange;
pub(crate) use delivery::{find as find_callback, newest as newest_callbacks, replay};
pub(crate) use invoice::{find, newest, transition as move_invoice};
pub(crate) use outcome::script;
pub(crate) use paging::Page;
pub(crate) use problem::{Answer, Problem};

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::json;

use self::input::{Input, NoFields};
use crate::admin::access::{API, admit_program};
use crate::app::App;
use crate::http::ok;

pub(crate) fn router(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/config", get(config::show).patch(config::change))
        .route("/reset", post(reset))
        .route("/invoices", get(invoice::list))
        .route("/invoices/{id}", get(invoice::show))
        .route("/invoices/{id}/transitions", post(invoice::transitions))
        .route("/invoices/{id}/checkout", post(invoice::checkout))
        .route("/trigger", post(invoice::trigger))
        .route(
            "/outcomes",
            get(outcome::show)
                .post(outcome::add)
                .delete(outcome::forget),
        )
        .route("/events", get(event_stream::listen))
        .route("/deliveries", get(delivery::list))
        .route("/deliveries/replay", post(delivery::replay_many))
        .route("/deliveries/{id}/replay", post(delivery::replay_one))
        .route("/clock", get(clock::show))
        .route("/clock/advance", post(clock::advance))
        .route("/faults", get(fault::show).put(fault::replace))
        .route("/requests", get(request::list))
        .route("/cards", get(catalogue::cards))
        .route("/assumptions", get(catalogue::assumptions))
        .fallback(unknown)
        .method_not_allowed_fallback(async || Problem::wrong_method());
    Router::new()
        .nest(API, routes)
        // Does not belong to what is nested.
        .route(&format!("{API}/"), any(unknown))
        .layer(from_fn_with_state(Arc::clone(app), admitted))
        .with_state(Arc::clone(app))
}

async fn unknown() -> Problem {
    Problem::not_found("route not found")
}

/// Answers a request that is admitted.
async fn admitted(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit_program(&app, &mut parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// `POST /reset`
async fn reset(State(app): State<Arc<App>>, _: Input<NoFields>) -> Answer {
    app.store().reset(app.now())?;
    Ok(ok(&json!({})))
}
