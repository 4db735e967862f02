use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::json;

use crate::assumption::{Assumptions, ErrorStatus};
use crate::gateway::answer::Answer;
use crate::gateway::error_codes::Explanation;
use crate::gateway::route::Route;
use crate::http::json;

/// An error response to a call.
#[derive(Debug)]
pub(crate) enum Rejection {
    Gateway {
        code: u32,
        message: Cow<'static, str>,
    },
    /// An error without a gateway code: unknown route, wrong method, body too large.
    Http {
        status: StatusCode,
        message: Cow<'static, str>,
    },
}

impl Rejection {
    /// With a code that `route` has.
    pub(crate) fn gateway(route: Route, code: u32) -> Self {
        let known = Explanation::find(route, code).is_some();
        assert!(known, "the error table has no {code} on {route}");
        Self::any_code(route, code)
    }

    /// With any code, such as that of a fault rule.
    pub(crate) fn any_code(route: Route, code: u32) -> Self {
        let message = Explanation::of(route, code).meaning.into();
        Self::Gateway { code, message }
    }

    /// With a code of the create call, and what is wrong in this request.
    pub(crate) fn detailed(code: u32, detail: &str) -> Self {
        let meaning = Explanation::of(Route::Create, code).meaning;
        let message = format!("{meaning}: {detail}").into();
        Self::Gateway { code, message }
    }

    pub(crate) fn http(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self::Http { status, message }
    }

    pub(crate) fn wrong_method() -> Self {
        let message = "method not allowed; see the Allow header";
        Self::http(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    pub(crate) fn answer(&self, assumptions: &Assumptions) -> Answer {
        match self {
            Self::Gateway { code, message } => {
                let status = match assumptions.error_status {
                    ErrorStatus::BadRequest => StatusCode::BAD_REQUEST,
                    ErrorStatus::Ok => StatusCode::OK,
                };
                let body = json!({ "errorCode": code, "errorMessage": message });
                Answer {
                    error_code: Some(*code),
                    ..json(status, &body).into()
                }
            }
            Self::Http { status, message } => json(*status, &json!({ "error": message })).into(),
        }
    }
}
