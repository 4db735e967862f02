//! The admin API under `/_sbx/api` and the dashboard under `/_sbx`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use crate::admin::problem::Problem;
use crate::app::{App, BaseUrl};
use crate::http::access::{API, UNKNOWN_HOST, is_api};
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
        let gate = &self.app.gate;
        let address = gate.address(&parts).ok_or(Problem::Forbidden(UNKNOWN_HOST));
        let admitted = address.and_then(|address| Ok((gate.admit(&parts, &address)?, address)));
        let (visitor, address) = match admitted {
            Ok(admitted) => admitted,
            Err(problem) if for_programs => return problem.into_response(),
            Err(problem) => return dashboard::refused(&self.app, &problem),
        };
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(visitor);
        request
            .extensions_mut()
            .insert(BaseUrl::new(gate.public(&address)));
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
    Problem::NotFound("route not found".to_owned())
}

async fn wrong_method() -> Problem {
    Problem::Method
}
