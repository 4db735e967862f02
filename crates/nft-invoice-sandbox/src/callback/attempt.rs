use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An attempt to send a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// When the attempt finished, by the sandbox's clock.
    pub at: Timestamp,
    /// The result.
    pub result: AttemptResult,
}

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptResult {
    /// The HTTP status of the response. 2xx is success, any other status is a failure.
    #[serde(rename = "answered")]
    Response(u16),
    /// No response; the text is the cause.
    Failed(String),
    /// A fault dropped the callback; the gateway treats it as delivered.
    Dropped,
}

impl AttemptResult {
    /// Returns whether the attempt succeeded, from the gateway's view.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Response(200..300) | Self::Dropped)
    }
}

impl fmt::Display for AttemptResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(status @ (301 | 302 | 303 | 307 | 308)) => {
                write!(f, "HTTP {status}, redirect not followed")
            }
            Self::Response(status) => write!(f, "HTTP {status}"),
            Self::Failed(why) => f.write_str(why),
            Self::Dropped => f.write_str("dropped by a fault"),
        }
    }
}
