//! Steering a running sandbox: the JSON API under `/_sbx/api`, and what the dashboard shares with it.

mod catalogue;
mod clock;
mod config;
mod delivery;
mod event_stream;
mod fault;
mod gate;
mod input;
mod invoice;
mod outcome;
mod problem;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tower::ServiceExt;

use crate::answer;
use crate::app::App;
use crate::dashboard;
pub(crate) use clock::move_by;
pub(crate) use config::Settings;
pub(crate) use delivery::replay;
pub(crate) use fault::put as put_plan;
pub(crate) use gate::{Gate, Visitor};
pub(crate) use invoice::{PAGE, find, newest, transition as move_invoice};
pub(crate) use outcome::script;
pub(crate) use problem::Problem;

const ROOT: &str = "/_sbx";
const API: &str = "/_sbx/api";

/// Whether a path is for steering, and not the gateway's.
pub(crate) fn owns(path: &str) -> bool {
    is_under(path, ROOT)
}

/// Whether it is for programs, and not for people.
fn is_api(path: &str) -> bool {
    is_under(path, API)
}

fn is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers what is asked under [`ROOT`].
#[derive(Clone)]
pub(crate) struct Admin {
    app: Arc<App>,
    api: Router,
    dashboard: Router,
}

impl Admin {
    pub(crate) fn new(app: Arc<App>) -> Self {
        let api = Router::new()
            .nest(API, api())
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method);
        Self {
            api: api.with_state(Arc::clone(&app)),
            dashboard: dashboard::router(Arc::clone(&app)),
            app,
        }
    }

    pub(crate) async fn answer(&self, parts: Parts, body: Bytes) -> Response {
        let for_programs = is_api(parts.uri.path());
        let visitor = match self.app.gate.admit(&parts) {
            Ok(visitor) => visitor,
            Err(problem) if for_programs => return problem.into_response(),
            Err(problem) => return dashboard::refused(&self.app, &problem),
        };
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(visitor);
        let router = if for_programs {
            &self.api
        } else {
            &self.dashboard
        };
        let Ok(response) = router.clone().oneshot(request).await;
        response
    }
}

fn api() -> Router<Arc<App>> {
    Router::new()
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
}

/// What every handler comes to.
type Answer = Result<Response, Problem>;

fn ok(body: &impl serde::Serialize) -> Response {
    answer::json(StatusCode::OK, body)
}

/// `POST /reset`
async fn reset(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    input::Input::parse(&body)?.finish()?;
    app.store().reset(app.now())?;
    Ok(ok(&json!({})))
}

async fn unknown() -> Problem {
    Problem::NotFound("no such route".to_owned())
}

async fn wrong_method() -> Problem {
    Problem::Method
}
