use std::convert::Infallible;
use std::fmt::Display;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use super::paging::Page;
use crate::admin::problem::Problem;
use crate::text::redact;

/// The JSON body of a request. An empty body has no fields.
pub(super) struct Input<T>(pub(super) T);

/// A body without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoFields {}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Problem::invalid("the body is incomplete"))?;
        read(&body).map(Self)
    }
}

/// Reads a field that can be null. A missing field is `None`, with `#[serde(default)]`.
pub(super) fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = match body.trim_ascii() {
        [] => b"{}",
        body => body,
    };
    let fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| Problem::invalid("the body must be a JSON object"))?;
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        problem(&path, &error.into_inner().to_string())
    })
}

/// What serde says about a field, without the input.
fn problem(path: &str, said: &str) -> Problem {
    let named = |start| {
        let (name, _) = said.strip_prefix(start)?.split_once('`')?;
        Some(name.to_owned())
    };
    if let Some(name) = named("missing field `") {
        return Problem::field(&name, "this field is required");
    }
    if let Some(name) = named("unknown field `") {
        return Problem::invalid(format_args!("unknown field: {}", redact(&name)));
    }
    let expected = said.rsplit_once("expected ").map(|(_, what)| match what {
        "u64" => "a whole number",
        "a boolean" => "true or false",
        "string or map" => "a string",
        "a sequence" => "an array of strings",
        what => what,
    });
    match expected {
        Some(what) => Problem::field(path, format_args!("expected {what}")),
        None => Problem::field(path, said),
    }
}

/// The query parameters of a list. Each is taken out once; any that remain are unknown.
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::try_from_uri(&parts.uri).map_err(Problem::invalid)?;
        Ok(Self(asked))
    }
}

impl Parameters {
    /// Returns `None` if the parameter is missing. A blank one would not narrow the list, which hides a mistake such as a
    /// variable that is not set.
    pub(super) fn take<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let found: Vec<_> = self.0.extract_if(.., |(known, _)| known == name).collect();
        match &found[..] {
            [] => Ok(None),
            [(_, value)] if value.trim().is_empty() => {
                Err(Problem::field(name, "must not be empty"))
            }
            [(_, value)] => match read(value.trim()) {
                Ok(value) => Ok(Some(value)),
                Err(wrong) => Err(Problem::field(name, wrong)),
            },
            _ => Err(Problem::field(name, "send this parameter only once")),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        self.take(name, |text| Ok::<_, Infallible>(text.to_owned()))
    }

    pub(super) fn page(&mut self) -> Result<Page, Problem> {
        Ok(self.take("page", Page::parse)?.unwrap_or(Page::FIRST))
    }

    pub(super) fn invoice(&mut self) -> Result<Option<u64>, Problem> {
        self.take("invoice", |id| {
            id.parse().map_err(|_| "expected an invoice number")
        })
    }

    /// Rejects unknown parameters. The message does not repeat them: a token that was sent without a name is one.
    pub(super) fn finish(self, expected: &str) -> Result<(), Problem> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Problem::invalid(format_args!(
                "unknown parameter; expected {expected}"
            ))),
        }
    }
}
