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

const INJECTED: Row = row(
    &[],
    0,
    "an error occurred",
    "This code was injected by a fault rule.",
);

const CALLS: &[Route] = &[Route::Create, Route::Status, Route::Infos, Route::History];
const CREATE: &[Route] = &[Route::Create];
const READS: &[Route] = &[Route::Status, Route::Infos];

/// Codes from 59000 are the sandbox's own, where the gateway documents none.
#[rustfmt::skip]
static TABLE: &[Row] = &[
    row(CALLS, 50001, "API-KEY required",
        "Send the API-KEY header with one of the API keys listed in the settings."),
    row(CREATE, 50002, "email required",
        "Send the customer's e-mail address in the field email."),
    row(READS, 50002, "id required",
        "Send the invoice number in the query, for example ?id=1. The first callback contains it."),
    row(CREATE, 50003, "amount required",
        "Send the amount with a point and at most two decimals, for example \"15.40\"."),
    row(CREATE, 50004, "devise required",
        "Send the currency in the field devise, for example \"USD\"."),
    row(CREATE, 50005, "invalid email address",
        "Check the e-mail address: it needs text on both sides of one @, and no spaces."),
    row(&[Route::Create, Route::History], 50006, "this API-KEY can not use this API from this IP address",
        "Send the request from an allowed IP address, or change the allowed addresses in the settings."),
    row(CALLS, 50007, "invalid API-KEY",
        "Check the API key: it is not one of those in the settings."),
    row(CREATE, 50008, "the merchant's wallet is still being validated and activated: no sale can be created yet",
        "Activate the wallet in the settings. At the real gateway, wait for its activation."),
    row(CREATE, 50009, "invalid devise",
        "Send USD. To allow other currencies, set the assumption currency to any."),
    row(CALLS, 50010, "no IP is linked to the account",
        "Add an allowed IP address in the settings: the account has none."),
    row(CREATE, 50011, "the amount is above the allowed maximum",
        "Lower the amount, or raise the maximum in the settings."),
    row(READS, 50011, "this invoice belongs to another merchant",
        "Check the invoice number, and use the API key of the merchant who created the invoice."),
    row(CREATE, 50012, "the amount is below the allowed minimum",
        "Raise the amount, or lower the minimum in the settings."),
    row(&[Route::History], 50012, "invalid order, must be ASC or DESC",
        "Send order as ASC or DESC."),
    row(CREATE, 59001, "unknown card: the sandbox accepts test cards only, use a test card",
        "Use one of the test cards. Real cards are never accepted."),
    row(CREATE, 59002, "the card has expired",
        "Send an expiry date in the future, as MM/YYYY. The sandbox's clock decides what is in the future."),
    row(CREATE, 59003, "required S2S fields are missing",
        "Send all fields that S2S requires. The response lists the missing ones."),
    row(CREATE, 59004, "checkoutMode must be nft",
        "Send checkoutMode with the value \"nft\"."),
    row(CREATE, 59005, "the cardholder name starts with SBX: but is not valid",
        "Use SBX:<OUTCOME> or SBX:<OUTCOME>:<delay> as the cardholder name, or a name that does not start with SBX:."),
];

const fn row(
    routes: &'static [Route],
    code: u32,
    meaning: &'static str,
    what_to_do: &'static str,
) -> Row {
    Row {
        routes,
        code,
        meaning,
        what_to_do,
    }
}

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
}
