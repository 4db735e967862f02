use crate::gateway::route::Route;

/// An error code that only the sandbox returns, where the gateway documents none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxCode {
    /// The code, from 59000.
    pub code: u32,
    /// What it means.
    pub meaning: &'static str,
    /// How to fix the request.
    pub what_to_do: &'static str,
}

impl SandboxCode {
    /// Returns every such code. Only the create call returns them.
    pub fn all() -> impl Iterator<Item = Self> {
        let own = TABLE.iter().filter(|row| row.code >= 59_000);
        own.map(|row| Self {
            code: row.code,
            meaning: row.meaning,
            what_to_do: row.what_to_do,
        })
    }
}

/// The meaning of an error code. The same code means different things on different calls.
#[derive(Debug)]
pub(crate) struct Row {
    routes: &'static [Route],
    code: u32,
    pub(crate) meaning: &'static str,
    /// How to fix the request, for the dashboard.
    pub(crate) what_to_do: &'static str,
}

impl Row {
    /// The row of `code` on `route`, or one for a code that only a fault rule returns.
    pub(crate) fn of(route: Route, code: u32) -> &'static Self {
        Self::find(route, code).unwrap_or(&INJECTED)
    }

    pub(crate) fn find(route: Route, code: u32) -> Option<&'static Self> {
        let mut rows = TABLE.iter();
        rows.find(|row| row.code == code && row.routes.contains(&route))
    }
}

const INJECTED: Row = Row {
    routes: &[],
    code: 0,
    meaning: "an error occurred",
    what_to_do: "This code was injected by a fault rule.",
};

const CALLS: &[Route] = &[Route::Create, Route::Status, Route::Infos, Route::History];
const CREATE: &[Route] = &[Route::Create];
const READS: &[Route] = &[Route::Status, Route::Infos];

/// Codes from 59000 are the sandbox's own, where the gateway documents none.
static TABLE: &[Row] = &[
    Row {
        routes: CALLS,
        code: 50001,
        meaning: "API-KEY required",
        what_to_do: "Send the API-KEY header with one of the API keys listed in the settings.",
    },
    Row {
        routes: CREATE,
        code: 50002,
        meaning: "email required",
        what_to_do: "Send the customer's e-mail address in the field email.",
    },
    Row {
        routes: READS,
        code: 50002,
        meaning: "id required",
        what_to_do: "Send the invoice number in the query, for example ?id=1. The first callback contains it.",
    },
    Row {
        routes: CREATE,
        code: 50003,
        meaning: "amount required",
        what_to_do: "Send the amount with a point and at most two decimals, for example \"15.40\".",
    },
    Row {
        routes: CREATE,
        code: 50004,
        meaning: "devise required",
        what_to_do: "Send the currency in the field devise, for example \"USD\".",
    },
    Row {
        routes: CREATE,
        code: 50005,
        meaning: "invalid email address",
        what_to_do: "Check the e-mail address: it needs text on both sides of one @, and no spaces.",
    },
    Row {
        routes: &[Route::Create, Route::History],
        code: 50006,
        meaning: "this API-KEY can not use this API from this IP address",
        what_to_do: "Send the request from an allowed IP address, or change the allowed addresses in the settings.",
    },
    Row {
        routes: CALLS,
        code: 50007,
        meaning: "invalid API-KEY",
        what_to_do: "Check the API key: it is not one of those in the settings.",
    },
    Row {
        routes: CREATE,
        code: 50008,
        meaning: "the merchant's wallet is still being validated and activated: no sale can be created yet",
        what_to_do: "Activate the wallet in the settings. At the real gateway, wait for its activation.",
    },
    Row {
        routes: CREATE,
        code: 50009,
        meaning: "invalid devise",
        what_to_do: "Send USD. To allow other currencies, set the assumption currency to any.",
    },
    Row {
        routes: CALLS,
        code: 50010,
        meaning: "no IP is linked to the account",
        what_to_do: "Add an allowed IP address in the settings: the account has none.",
    },
    Row {
        routes: CREATE,
        code: 50011,
        meaning: "the amount is above the allowed maximum",
        what_to_do: "Lower the amount, or raise the maximum in the settings.",
    },
    Row {
        routes: READS,
        code: 50011,
        meaning: "this invoice belongs to another merchant",
        what_to_do: "Check the invoice number, and use the API key of the merchant who created the invoice.",
    },
    Row {
        routes: CREATE,
        code: 50012,
        meaning: "the amount is below the allowed minimum",
        what_to_do: "Raise the amount, or lower the minimum in the settings.",
    },
    Row {
        routes: &[Route::History],
        code: 50012,
        meaning: "invalid order, must be ASC or DESC",
        what_to_do: "Send order as ASC or DESC.",
    },
    Row {
        routes: CREATE,
        code: 59001,
        meaning: "unknown card: the sandbox accepts test cards only, use a test card",
        what_to_do: "Use one of the test cards. Real cards are never accepted.",
    },
    Row {
        routes: CREATE,
        code: 59002,
        meaning: "the card has expired",
        what_to_do: "Send an expiry date in the future, as MM/YYYY. The sandbox's clock decides what is in the future.",
    },
    Row {
        routes: CREATE,
        code: 59003,
        meaning: "required S2S fields are missing",
        what_to_do: "Send all fields that S2S requires. The response lists the missing ones.",
    },
    Row {
        routes: CREATE,
        code: 59004,
        meaning: "checkoutMode must be nft",
        what_to_do: "Send checkoutMode with the value \"nft\".",
    },
    Row {
        routes: CREATE,
        code: 59005,
        meaning: "the cardholder name starts with SBX: but is not valid",
        what_to_do: "Use SBX:<OUTCOME> or SBX:<OUTCOME>:<delay> as the cardholder name, or a name that does not start with SBX:.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_code_once_per_call() {
        for route in Route::ALL {
            let mut codes: Vec<_> = TABLE
                .iter()
                .filter(|row| row.routes.contains(&route))
                .map(|row| row.code)
                .collect();
            let listed = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), listed, "{route} lists a code more than once");
        }
    }

    #[test]
    fn gives_the_same_code_different_meanings_on_different_calls() {
        let [create, history] = [Route::Create, Route::History].map(|route| Row::of(route, 50012));
        assert_ne!(create.meaning, history.meaning);
    }
}
