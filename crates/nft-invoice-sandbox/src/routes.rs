use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::journal::Route;
use crate::refusal::Refusal;
use crate::{checkout, create, history, read};

const CREATE: &str = "/api/btn-create-invoice/get/";
const STATUS: &str = "/api/invoice/status/";
const INFOS: &str = "/api/client-invoice-info/get/";
const CHECKOUT: &str = "/widget/sale/create/";

/// Everything that the sandbox answers.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(CREATE, post(create::create))
        .route(STATUS, get(read::status))
        .route(INFOS, get(read::infos))
        .route(history_path(&app), get(history::history))
        .route(CHECKOUT, get(checkout::show).post(checkout::submit))
        .route(checkout::STYLE_PATH, get(checkout::style))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

pub(crate) fn history_path(app: &App) -> &'static str {
    app.assumptions.get("history-path")
}

/// What a path is for, whatever comes of the request.
pub(crate) fn route(app: &App, path: &str) -> Route {
    match path {
        CREATE => Route::Create,
        STATUS => Route::Status,
        INFOS => Route::Infos,
        CHECKOUT | checkout::STYLE_PATH => Route::Checkout,
        path if path == history_path(app) => Route::History,
        _ => Route::Other,
    }
}

async fn unknown(State(app): State<Arc<App>>) -> Response {
    let message = "no such route; paths end with a slash";
    Refusal::http(StatusCode::NOT_FOUND, message).response(&app)
}

async fn wrong_method(State(app): State<Arc<App>>) -> Response {
    let message = "this route has other methods; see the Allow header";
    Refusal::http(StatusCode::METHOD_NOT_ALLOWED, message).response(&app)
}
