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
        (59_000..60_000).filter_map(|code| {
            let Explanation {
                meaning,
                what_to_do,
            } = Explanation::find(Route::Create, code)?;
            Some(Self {
                code,
                meaning,
                what_to_do,
            })
        })
    }
}

/// The meaning of an error code on a call, and how to fix the request.
pub(crate) struct Explanation {
    pub(crate) meaning: &'static str,
    pub(crate) what_to_do: &'static str,
}

impl Explanation {
    /// For a code of `route`, or one that only a fault rule returns.
    pub(crate) fn of(route: Route, code: u32) -> Self {
        Self::find(route, code).unwrap_or(Self {
            meaning: "an error occurred",
            what_to_do: "This code was injected by a fault rule.",
        })
    }

    /// The same code means different things on different calls.
    pub(crate) fn find(route: Route, code: u32) -> Option<Self> {
        use Route::{Create, History, Infos, Status};

        let (meaning, what_to_do) = match (code, route) {
            (50001, Create | Status | Infos | History) => (
                "API-KEY required",
                "Send the API-KEY header with one of the API keys listed in the settings.",
            ),
            (50002, Create) => (
                "email required",
                "Send the customer's e-mail address in the field email.",
            ),
            (50002, Status | Infos) => (
                "id required",
                "Send the invoice number in the query, for example ?id=1. The first callback contains it.",
            ),
            (50003, Create) => (
                "amount required",
                "Send the amount with a point and at most two decimals, for example \"15.40\".",
            ),
            (50004, Create) => (
                "devise required",
                "Send the currency in the field devise, for example \"USD\".",
            ),
            (50005, Create) => (
                "invalid email address",
                "Check the e-mail address: it needs text on both sides of one @, and no spaces.",
            ),
            (50006, Create | History) => (
                "this API-KEY can not use this API from this IP address",
                "Send the request from an allowed IP address, or change the allowed addresses in the settings.",
            ),
            (50007, Create | Status | Infos | History) => (
                "invalid API-KEY",
                "Check the API key: it is not one of those in the settings.",
            ),
            (50008, Create) => (
                "the merchant's wallet is still being validated and activated: no sale can be created yet",
                "Activate the wallet in the settings. At the real gateway, wait for its activation.",
            ),
            (50009, Create) => (
                "invalid devise",
                "Send USD. To allow other currencies, set the assumption currency to any.",
            ),
            (50010, Create | Status | Infos | History) => (
                "no IP is linked to the account",
                "Add an allowed IP address in the settings: the account has none.",
            ),
            (50011, Create) => (
                "the amount is above the allowed maximum",
                "Lower the amount, or raise the maximum in the settings.",
            ),
            (50011, Status | Infos) => (
                "this invoice belongs to another merchant",
                "Check the invoice number, and use the API key of the merchant who created the invoice.",
            ),
            (50012, Create) => (
                "the amount is below the allowed minimum",
                "Raise the amount, or lower the minimum in the settings.",
            ),
            (50012, History) => (
                "invalid order, must be ASC or DESC",
                "Send order as ASC or DESC.",
            ),
            (59001, Create) => (
                "unknown card: the sandbox accepts test cards only, use a test card",
                "Use one of the test cards. Real cards are never accepted.",
            ),
            (59002, Create) => (
                "the card has expired",
                "Send an expiry date in the future, as MM/YYYY. The sandbox's clock decides what is in the future.",
            ),
            (59003, Create) => (
                "required S2S fields are missing",
                "Send all fields that S2S requires. The response lists the missing ones.",
            ),
            (59004, Create) => (
                "checkoutMode must be nft",
                "Send checkoutMode with the value \"nft\".",
            ),
            (59005, Create) => (
                "the cardholder name starts with SBX: but is not valid",
                "Use SBX:<OUTCOME> or SBX:<OUTCOME>:<delay> as the cardholder name, or a name that does not start with SBX:.",
            ),
            _ => return None,
        };
        Some(Self {
            meaning,
            what_to_do,
        })
    }
}
