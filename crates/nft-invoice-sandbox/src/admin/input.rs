use crate::admin::problem::Problem;
use serde_json::{Map, Value};

/// The fields of a JSON body. Each is taken out once; any that remain are unknown.
pub(super) struct Input(Map<String, Value>);

impl Input {
    /// An empty body has no fields.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Problem> {
        if body.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        let fields = serde_json::from_slice(body);
        fields
            .map(Self)
            .map_err(|_| Problem::Input("the body must be a JSON object".to_owned()))
    }

    /// Returns `None` if the field is missing; null is a value.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        self.typed(name, "a string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        self.typed(name, "a whole number", |value| value.as_u64())
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        self.typed(name, "true or false", |value| value.as_bool())
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        self.typed(name, "an array of strings", texts)
    }

    /// A string or null.
    pub(super) fn text_or_null(&mut self, name: &str) -> Result<Option<Option<String>>, Problem> {
        match self.0.get(name) {
            Some(Value::Null) => Ok(self.value(name).map(|_| None)),
            _ => Ok(self.text(name)?.map(Some)),
        }
    }

    pub(super) fn texts_or_null(
        &mut self,
        name: &str,
    ) -> Result<Option<Option<Vec<String>>>, Problem> {
        match self.0.get(name) {
            Some(Value::Null) => Ok(self.value(name).map(|_| None)),
            _ => Ok(self.texts(name)?.map(Some)),
        }
    }

    /// Rejects unknown fields.
    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(_) => {
                let names: Vec<_> = self
                    .0
                    .keys()
                    .map(|name| crate::text::redact::redact(name))
                    .collect();
                let names = names.join(", ");
                Err(Problem::Input(format!("unknown field: {names}")))
            }
        }
    }

    fn typed<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let read = read(value).ok_or_else(|| Problem::field(name, format!("expected {expected}")));
        read.map(Some)
    }
}

/// Returns the field, or an error if it is missing.
pub(super) fn required<T>(name: &str, field: Option<T>) -> Result<T, Problem> {
    field.ok_or_else(|| Problem::field(name, "this field is required"))
}

fn texts(value: Value) -> Option<Vec<String>> {
    let Value::Array(list) = value else {
        return None;
    };
    let texts = list.into_iter().map(|one| match one {
        Value::String(text) => Some(text),
        _ => None,
    });
    texts.collect()
}
