use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::fault::occasion::Occasion;
use crate::gateway::route::Route;
use crate::payment::state::Mode;

/// The scope of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Create,
    S2s,
    Status,
    Infos,
    History,
    Checkout,
    Api,
    Callback,
}

impl Scope {
    pub(super) const ALL: [Self; 8] = [
        Self::Create,
        Self::S2s,
        Self::Status,
        Self::Infos,
        Self::History,
        Self::Checkout,
        Self::Api,
        Self::Callback,
    ];

    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.choose("a scope", &Self::ALL)
    }

    pub(super) fn covers(self, occasion: &Occasion) -> bool {
        match (self, occasion.route) {
            (Self::Callback, route) => route.is_none(),
            (Self::Create, route) => route == Some(Route::Create),
            (Self::S2s, route) => route == Some(Route::Create) && occasion.mode == Some(Mode::S2s),
            (Self::Status, route) => route == Some(Route::Status),
            (Self::Infos, route) => route == Some(Route::Infos),
            (Self::History, route) => route == Some(Route::History),
            (Self::Checkout, route) => route == Some(Route::Checkout),
            (Self::Api, route) => route.is_some_and(|route| route != Route::Checkout),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::S2s => "s2s",
            Self::Status => "status",
            Self::Infos => "infos",
            Self::History => "history",
            Self::Checkout => "checkout",
            Self::Api => "api",
            Self::Callback => "callback",
        })
    }
}
