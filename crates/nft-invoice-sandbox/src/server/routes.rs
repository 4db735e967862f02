use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};

use crate::admin;
use crate::app::App;
use crate::calls::{Parameters, create, history, read};
use crate::gateway::{Rejection, Route};
use crate::pages::checkout::page;
use crate::pages::{checkout, dashboard};

const CREATE: &str = "/api/btn-create-invoice/get/";
const STATUS: &str = "/api/invoice/status/";
const INFOS: &str = "/api/client-invoice-info/get/";
const CHECKOUT: &str = "/widget/sale/create/";

/// The existing invoice that a request is for, whether or not the call is accepted.
pub(crate) fn invoice(app: &App, route: Route, uri: &Uri) -> Option<u64> {
    let name = match route {
        Route::Status | Route::Infos => "id",
        Route::Checkout => "token",
        Route::Create | Route::History | Route::Other => return None,
    };
    let Query(query) = Parameters::try_from_uri(uri).ok()?;
    let value = query.get(name)?;
    let store = app.store();
    let found = match route {
        Route::Checkout => store.ledger().by_token(value),
        _ => store.ledger().get(value.trim().parse().ok()?),
    };
    found.map(|invoice| invoice.id)
}

/// The calls, the checkout page, and the fallbacks.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(CREATE, post(create::create))
        .route(STATUS, get(read::status))
        .route(INFOS, get(read::infos))
        .route(app.history_path(), get(history::history))
        .route(CHECKOUT, get(checkout::show).post(checkout::submit))
        .route(page::STYLE_PATH, get(checkout::style))
        .fallback(async |State(app): State<Arc<App>>| {
            let message = "route not found; the gateway's paths end with a slash";
            Rejection::http(StatusCode::NOT_FOUND, message).response(&app.assumptions)
        })
        .method_not_allowed_fallback(async |State(app): State<Arc<App>>| {
            let message = "method not allowed; see the Allow header";
            Rejection::http(StatusCode::METHOD_NOT_ALLOWED, message).response(&app.assumptions)
        })
        .with_state(app)
}

/// The dashboard and the admin API, which check the access to them.
pub(crate) fn control(app: &Arc<App>) -> Router {
    dashboard::router(app).merge(admin::router(app))
}

/// The route of a path.
pub(crate) fn route(app: &App, path: &str) -> Route {
    match path {
        CREATE => Route::Create,
        STATUS => Route::Status,
        INFOS => Route::Infos,
        CHECKOUT | page::STYLE_PATH => Route::Checkout,
        path if path == app.history_path() => Route::History,
        _ => Route::Other,
    }
}
