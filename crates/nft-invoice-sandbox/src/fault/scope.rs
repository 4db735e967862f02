use crate::fault::occasion::Occasion;
use crate::fault::words::words;
use crate::gateway::route::Route;
use crate::payment::state::Mode;

words! {
    /// The scope of a rule.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Scope ("" "") {
        "create" => Create,
        "s2s" => S2s,
        "status" => Status,
        "infos" => Infos,
        "history" => History,
        "checkout" => Checkout,
        "api" => Api,
        "callback" => Callback,
    }
}

impl Scope {
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

    /// The keys of the conditions. `api` has every key; a key that a call does not have never matches.
    pub(super) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["amount", "currency", "email", "mode", "key"],
            Self::S2s => &["amount", "currency", "email", "key"],
            Self::Status | Self::Infos | Self::Checkout | Self::Api => {
                &["amount", "currency", "email", "id", "mode", "key"]
            }
            Self::History => &["key"],
            Self::Callback => &["status", "id", "attempt"],
        }
    }
}
