use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::routing::get;

use crate::admin;
use crate::app::App;
use crate::calls::Parameters;
use crate::gateway::{Rejection, Route};
use crate::pages::checkout::page;
use crate::pages::{checkout, dashboard};

const CREATE: &str = "/api/btn-create-invoice/get/";
const STATUS: &str = "/api/invoice/status/";
const INFOS: &str = "/api/client-invoice-info/get/";
const CHECKOUT: &str = "/widget/sale/create/";

/// The existing invoice that a request is for, whether or not the call is accepted.
pub(super) fn invoice(app: &App, route: Route, uri: &Uri) -> Option<u64> {
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

/// The checkout page, and the fallbacks of the gateway.
pub(super) fn pages(app: Arc<App>) -> Router {
    Router::new()
        .route(CHECKOUT, get(checkout::show).post(checkout::submit))
        .route(page::STYLE_PATH, get(checkout::style))
        .fallback(async |State(app): State<Arc<App>>| {
            let message = "route not found; the gateway's paths end with a slash";
            let rejection = Rejection::http(StatusCode::NOT_FOUND, message);
            rejection.answer(&app.assumptions).response
        })
        .method_not_allowed_fallback(async |State(app): State<Arc<App>>| {
            Rejection::wrong_method().answer(&app.assumptions).response
        })
        .with_state(app)
}

/// The dashboard and the admin API, which check the access to them.
pub(super) fn control(app: &Arc<App>) -> Router {
    dashboard::router(app).merge(admin::router(app))
}

/// The route of a path.
pub(super) fn route(app: &App, path: &str) -> Route {
    match path {
        CREATE => Route::Create,
        STATUS => Route::Status,
        INFOS => Route::Infos,
        CHECKOUT | page::STYLE_PATH => Route::Checkout,
        path if path == app.history_path() => Route::History,
        _ => Route::Other,
    }
}
