//! The calls of the gateway.

pub(crate) mod create;
mod history;
mod status_and_infos;

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::HeaderValue;
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::app::{App, BaseUrl};
use crate::gateway::{Answer, Rejection, Route, body_error};
use crate::http::Peer;

/// The query parameters. If one is repeated, the last value counts.
pub(crate) type Parameters = Query<HashMap<String, String>>;

/// A request that has been read completely.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) now: Timestamp,
    pub(crate) route: Route,
    pub(crate) peer: Peer,
    pub(crate) base_url: &'a BaseUrl,
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// Answers the request; `None` if its route is not that of a call.
    pub(crate) fn answer(&self) -> Option<Answer> {
        type Handler = fn(&Call<'_>) -> Result<Answer, Rejection>;
        let (methods, handler): (_, Handler) = match self.route {
            Route::Create => ("POST", create::create),
            Route::Status => ("GET,HEAD", status_and_infos::status),
            Route::Infos => ("GET,HEAD", status_and_infos::infos),
            Route::History => ("GET,HEAD", history::history),
            Route::Checkout | Route::Other => return None,
        };
        if !methods.split(',').any(|method| self.parts.method == method) {
            let mut answer = Rejection::wrong_method().answer(&self.app.assumptions);
            let methods = HeaderValue::from_static(methods);
            answer.response.headers_mut().insert(ALLOW, methods);
            return Some(answer);
        }
        Some(handler(self).unwrap_or_else(|rejection| {
            let mut answer = rejection.answer(&self.app.assumptions);
            if self.route == Route::Create {
                answer.body_error = body_error(self.body);
            }
            answer
        }))
    }

    /// The merchant whose API key the request has.
    fn authorize(&self) -> Result<usize, Rejection> {
        let (peer, headers) = (self.peer, &self.parts.headers);
        self.app.account().authorize(self.route, peer, headers)
    }

    fn parameters(&self) -> HashMap<String, String> {
        let Query(parameters) = Parameters::try_from_uri(&self.parts.uri).unwrap_or_default();
        parameters
    }
}
