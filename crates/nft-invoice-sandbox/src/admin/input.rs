use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use crate::admin::problem::Problem;
use crate::text::redact::redact;

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
        let body = body.map_err(|_| Problem::Input("the body is incomplete".to_owned()))?;
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
        .map_err(|_| Problem::Input("the body must be a JSON object".to_owned()))?;
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        problem(path, &error.into_inner().to_string())
    })
}

/// What serde says about a field, without the input.
fn problem(path: String, said: &str) -> Problem {
    let named = |start| {
        let (name, _) = said.strip_prefix(start)?.split_once('`')?;
        Some(name.to_owned())
    };
    if let Some(name) = named("missing field `") {
        return Problem::field(&name, "this field is required");
    }
    if let Some(name) = named("unknown field `") {
        return Problem::Input(format!("unknown field: {}", redact(&name)));
    }
    let expected = said.rsplit_once("expected ").map(|(_, what)| match what {
        "u64" => "a whole number",
        "a boolean" => "true or false",
        "string or map" => "a string",
        "a sequence" => "an array of strings",
        what => what,
    });
    Problem::Field {
        name: path,
        wrong: expected.map_or_else(|| said.to_owned(), |what| format!("expected {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Fields {
        by: String,
        #[serde(default)]
        force: bool,
        #[serde(default)]
        id: u64,
        #[serde(default)]
        list: Vec<String>,
    }

    #[test]
    fn names_the_field_and_does_not_repeat_the_input() {
        for (body, says) in [
            ("", "by: this field is required"),
            ("[]", "the body must be a JSON object"),
            (r#"{"by":"1d""#, "the body must be a JSON object"),
            (r#"{"by":"1d"} {}"#, "the body must be a JSON object"),
            (r#"{"by":7}"#, "by: expected a string"),
            (r#"{"by":null}"#, "by: expected a string"),
            (
                r#"{"by":"1d","force":"s3cret, expected "}"#,
                "force: expected true or false",
            ),
            (r#"{"by":"1d","id":-1}"#, "id: expected a whole number"),
            (
                r#"{"by":"1d","list":"s3cret"}"#,
                "list: expected an array of strings",
            ),
            (
                r#"{"by":"1d","list":["a",7]}"#,
                "list[1]: expected a string",
            ),
            (r#"{"by":"1d","to":1}"#, "unknown field: to"),
        ] {
            let error = read::<Fields>(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), says, "{body}");
        }
    }
}
