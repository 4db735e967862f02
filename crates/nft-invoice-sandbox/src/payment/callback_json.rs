use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::assumption::{Assumptions, CallbackJsonNested};
use crate::text::reference;

/// The merchant's `callbackJson`, byte for byte as it was sent, and the reference in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct CallbackJson {
    raw: Box<RawValue>,
    reference: Option<Box<str>>,
}

impl CallbackJson {
    pub(crate) fn new(raw: &RawValue) -> Self {
        Self {
            reference: reference::find(raw.get()).map(Into::into),
            raw: raw.to_owned(),
        }
    }

    pub(crate) fn raw(&self) -> &str {
        self.raw.get()
    }

    pub(crate) fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The value as it is returned: byte for byte, or nested values as a string if so assumed.
    pub(crate) fn returned(&self, assumptions: &Assumptions) -> Box<RawValue> {
        let raw = self.raw();
        if raw.starts_with('"') || assumptions.callback_json_nested == CallbackJsonNested::AsSent {
            return self.raw.clone();
        }
        to_raw_value(raw).expect("a string is JSON")
    }
}

impl From<CallbackJson> for String {
    fn from(json: CallbackJson) -> Self {
        Box::<str>::from(json.raw).into()
    }
}

impl TryFrom<String> for CallbackJson {
    type Error = serde_json::Error;

    fn try_from(text: String) -> serde_json::Result<Self> {
        Ok(Self::new(&RawValue::from_string(text)?))
    }
}
