use serde::{Deserialize, Serialize};

use crate::callback::delivery::AttemptResult;
use crate::callback::message::Frozen;

#[derive(Serialize, Deserialize)]
pub(super) struct CallbackRow {
    body: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResultRow {
    Answered(u16),
    Failed(String),
    Dropped,
}

impl From<&Frozen> for CallbackRow {
    fn from(frozen: &Frozen) -> Self {
        let body = String::from_utf8(frozen.body.to_vec());
        Self {
            body: body.expect("a callback's body is JSON text"),
            signature: frozen.signature.clone(),
        }
    }
}

impl CallbackRow {
    pub(super) fn frozen(self) -> Frozen {
        Frozen {
            body: self.body.into(),
            signature: self.signature,
        }
    }
}

impl From<&AttemptResult> for ResultRow {
    fn from(result: &AttemptResult) -> Self {
        match result {
            AttemptResult::Response(status) => Self::Answered(*status),
            AttemptResult::Failed(why) => Self::Failed(why.clone()),
            AttemptResult::Dropped => Self::Dropped,
        }
    }
}

impl ResultRow {
    pub(super) fn result(self) -> AttemptResult {
        match self {
            Self::Answered(status) => AttemptResult::Response(status),
            Self::Failed(why) => AttemptResult::Failed(why),
            Self::Dropped => AttemptResult::Dropped,
        }
    }
}
