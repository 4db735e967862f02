//! The admin API under `/_sbx/api` and the dashboard under `/_sbx`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use crate::admin::access::{API, admit, is_api};
use crate::admin::problem::Problem;
use crate::app::{App, BaseUrl};
use crate::{admin, dashboard};

/// Routes control requests to the admin API or the dashboard.
#[derive(Clone)]
pub(crate) struct Steering {
    app: Arc<App>,
    api: Router,
    dashboard: Router,
}

impl Steering {
    pub(crate) fn new(app: Arc<App>) -> Self {
        let api = Router::new()
            .nest(API, admin::router())
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
        let (visitor, address) = match admit(&self.app, &parts) {
            Ok(admitted) => admitted,
            Err(denied) if for_programs => return denied.into_response(),
            Err(denied) => return dashboard::refused(&self.app, denied),
        };
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(visitor);
        let base_url = BaseUrl::new(self.app.hosts.public(&address));
        request.extensions_mut().insert(base_url);
        let router = if for_programs {
            &self.api
        } else {
            &self.dashboard
        };
        let Ok(response) = router.clone().oneshot(request).await;
        response
    }
}

async fn unknown() -> Problem {
    Problem::not_found("route not found")
}

async fn wrong_method() -> Problem {
    Problem::wrong_method()
}
