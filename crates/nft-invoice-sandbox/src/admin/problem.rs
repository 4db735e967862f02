use std::fmt::Display;

use axum::http::header::{CONNECTION, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::fault::FaultError;
use crate::http::json;
use crate::payment::{InvoiceState, NotAllowed};
use crate::store::{NotChanged, WriteError};

/// The result of a handler of the admin API or the dashboard.
pub(crate) type Answer = Result<Response, Problem>;

/// An error of the admin API or the dashboard. Its message never repeats the input.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// What the response has beside the message.
    details: Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Display) -> Self {
        Self {
            status,
            message: message.to_string(),
            details: Map::new(),
        }
    }

    pub(crate) fn invalid(message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn wrong_method() -> Self {
        let message = "method not allowed; see the Allow header";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    /// An error about one field of the input.
    pub(crate) fn field(name: &str, reason: impl Display) -> Self {
        let reason = reason.to_string();
        Self::invalid(format_args!("{name}: {reason}"))
            .with("field", name)
            .with("reason", reason)
    }

    /// A change that the invoice's status does not allow.
    pub(crate) fn not_allowed(
        message: impl Display,
        from: InvoiceState,
        allowed: &[InvoiceState],
    ) -> Self {
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        Self::new(StatusCode::CONFLICT, message)
            .with("from", from.to_string())
            .with("allowed", allowed)
    }

    /// What is wrong with this field of the input, if anything is.
    pub(crate) fn of_field(&self, name: &str) -> Option<&str> {
        let field = self.details.get("field").filter(|field| *field == name);
        field.and_then(|_| self.details.get("reason")?.as_str())
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

impl From<FaultError> for Problem {
    fn from(error: FaultError) -> Self {
        Self::invalid(format_args!("invalid fault plan: {error}"))
            .with("line", error.line)
            .with("column", error.column)
    }
}

impl From<NotAllowed> for Problem {
    fn from(why: NotAllowed) -> Self {
        Self::not_allowed(&why, why.from, why.allowed)
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }
}

impl From<NotChanged> for Problem {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::NotAllowed(why) => why.into(),
            NotChanged::WriteError(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.message });
        for (name, value) in &self.details {
            body[name] = value.clone();
        }
        let mut response = json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let headers = response.headers_mut();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            // A client without the token does not keep its connection, which would keep others out.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        // The dashboard shows it as a page.
        response.extensions_mut().insert(self);
        response
    }
}
