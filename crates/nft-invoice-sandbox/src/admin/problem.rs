use axum::http::header::{CONNECTION, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use thiserror::Error;

use crate::fault::FaultError;
use crate::http::access::Denied;
use crate::http::answer;
use crate::payment::ledger::NotAllowed;
use crate::payment::state::InvoiceState;
use crate::store::NotChanged;
use crate::store::log::WriteError;

/// An error of the admin API or the dashboard. Its message never repeats the input.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("{0}")]
    Input(String),
    #[error("{name}: {wrong}")]
    Field { name: String, wrong: String },
    #[error("invalid fault plan: {0}")]
    Plan(#[from] FaultError),
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("{0}")]
    NotFound(String),
    #[error("method not allowed; see the Allow header")]
    Method,
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Unavailable(&'static str),
    #[error(transparent)]
    WriteError(#[from] WriteError),
    #[error("{error}")]
    State {
        error: String,
        from: InvoiceState,
        allowed: &'static [InvoiceState],
    },
}

impl Problem {
    /// An error about one field of the input.
    pub(crate) fn field(name: &str, wrong: impl std::fmt::Display) -> Self {
        Self::Field {
            name: name.to_owned(),
            wrong: wrong.to_string(),
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Input(_) | Self::Field { .. } | Self::Plan(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::WriteError(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Conflict(_) | Self::State { .. } => StatusCode::CONFLICT,
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({ "error": self.to_string() });
        match self {
            Self::Plan(error) => {
                body["line"] = error.line().into();
                body["column"] = error.column().into();
            }
            Self::State { from, allowed, .. } => {
                body["from"] = from.to_string().into();
                body["allowed"] = allowed.iter().map(ToString::to_string).collect();
            }
            _ => {}
        }
        body
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthorized(why) => Self::Unauthorized(why),
            Denied::Forbidden(why) => Self::Forbidden(why),
        }
    }
}

impl From<NotAllowed> for Problem {
    fn from(refused: NotAllowed) -> Self {
        Self::State {
            error: refused.to_string(),
            from: refused.from,
            allowed: refused.allowed,
        }
    }
}

impl From<NotChanged> for Problem {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::NotAllowed(refused) => refused.into(),
            NotChanged::WriteError(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = answer::json(self.status(), &self.body());
        if matches!(self, Self::Unauthorized(_)) {
            let headers = response.headers_mut();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            // A client without the token does not keep its connection, which would keep others out.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
