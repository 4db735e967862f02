use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::value::RawValue;

use crate::app::App;
use crate::refusal::Refusal;

/// The members of a request's body, each as the JSON text that it came as.
#[derive(Default)]
pub(crate) struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    pub(crate) fn parse(app: &App, body: &'a [u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(members) => Ok(Self(members)),
            Err(_) if app.assumptions.is("body-not-json", "400") => Err(Refusal::http(
                StatusCode::BAD_REQUEST,
                "the body is no JSON object",
            )),
            Err(_) => Ok(Self::default()),
        }
    }

    /// The text of a string, the digits of a number, else the value as it stands. Null and blank are missing.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?.get();
        let text = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
        (!text.trim().is_empty()).then_some(text)
    }

    /// The value as it came, unless it is null.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let raw = *self.0.get(name)?;
        (raw.get() != "null").then_some(raw)
    }
}
