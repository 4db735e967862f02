use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::ParseError;

/// The route of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// The create call.
    Create,
    /// The status call.
    Status,
    /// The infos call.
    Infos,
    /// The history call.
    History,
    /// The hosted checkout page.
    Checkout,
    /// Anything else.
    Other,
}

impl Route {
    /// All routes.
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Status,
        Self::Infos,
        Self::History,
        Self::Checkout,
        Self::Other,
    ];

    /// Returns the name for programs, such as `create`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Status => "status",
            Self::Infos => "infos",
            Self::History => "history",
            Self::Checkout => "checkout",
            Self::Other => "other",
        }
    }
}

impl FromStr for Route {
    type Err = ParseError;

    fn from_str(name: &str) -> Result<Self, ParseError> {
        let mut routes = Self::ALL.into_iter();
        let found = routes.find(|route| route.as_str() == name);
        let names = || Self::ALL.map(Self::as_str).join(", ");
        found.ok_or_else(|| ParseError::expected(format!("one of {}", names())))
    }
}

impl fmt::Display for Route {
    /// Writes the name for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Other => "unknown route",
            known => known.as_str(),
        })
    }
}
