use std::borrow::Cow;

use crate::gateway::rejection::Rejection;
use crate::gateway::route::Route;
use crate::store::requests::RequestRecord;

/// An error code that only the sandbox returns, where the gateway documents none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxCode {
    /// The code, from 59000.
    pub code: u32,
    /// What it means.
    pub meaning: Cow<'static, str>,
    /// How to fix the request.
    pub what_to_do: &'static str,
}

impl SandboxCode {
    /// Returns every such code. Only the create call returns them.
    pub fn all() -> impl Iterator<Item = Self> {
        Rejection::all()
            .filter(|(_, code)| *code >= 59_000)
            .map(|(route, code)| Self {
                code,
                meaning: Rejection::meaning(route, code),
                what_to_do: for_code(route, code),
            })
    }
}

/// Returns how to fix a rejected request; `None` when it was accepted.
pub(super) fn advice(record: &RequestRecord) -> Option<&'static str> {
    match record.error_code() {
        Some(code) => Some(for_code(record.route(), code)),
        None => without_code(record),
    }
}

fn for_code(route: Route, code: u32) -> &'static str {
    match (route, code) {
        (_, 50001) => "Send the API-KEY header with one of the API keys listed in the settings.",
        (Route::Status | Route::Infos, 50002) => {
            "Send the invoice number in the query, for example ?id=1. The first callback contains it."
        }
        (_, 50002) => "Send the customer's e-mail address in the field email.",
        (_, 50003) => {
            "Send the amount with a point and at most two decimals, for example \"15.40\"."
        }
        (_, 50004) => "Send the currency in the field devise, for example \"USD\".",
        (_, 50005) => {
            "Check the e-mail address: it needs text on both sides of one @, and no spaces."
        }
        (_, 50006) => {
            "Send the request from an allowed IP address, or change the allowed addresses in the settings."
        }
        (_, 50007) => "Check the API key: it is not one of those in the settings.",
        (_, 50008) => {
            "Activate the wallet in the settings. At the real gateway, wait for its activation."
        }
        (_, 50009) => "Send USD. To allow other currencies, set the assumption currency to any.",
        (_, 50010) => "Add an allowed IP address in the settings: the account has none.",
        (Route::Create, 50011) => "Lower the amount, or raise the maximum in the settings.",
        (_, 50011) => {
            "Check the invoice number, and use the API key of the merchant who created the invoice."
        }
        (Route::Create, 50012) => "Raise the amount, or lower the minimum in the settings.",
        (_, 50012) => "Send order as ASC or DESC.",
        (_, 59001) => "Use one of the test cards. Real cards are never accepted.",
        (_, 59002) => {
            "Send an expiry date in the future, as MM/YYYY. The sandbox's clock decides what is in the future."
        }
        (_, 59003) => "Send all fields that S2S requires. The response lists the missing ones.",
        (_, 59004) => "Send checkoutMode with the value \"nft\".",
        (_, 59005) => {
            "Use SBX:<OUTCOME> or SBX:<OUTCOME>:<delay> as the cardholder name, or a name that does not start with SBX:."
        }
        _ => "This code was injected by a fault rule.",
    }
}

fn without_code(record: &RequestRecord) -> Option<&'static str> {
    match record.http_status() {
        None => Some("A fault rule withheld the response. Look the invoice up before you retry."),
        Some(404) if record.route() == Route::Other => {
            Some("Check the path: the gateway's paths end with a slash.")
        }
        Some(405) => Some("Check the method: create is POST; status, infos and history are GET."),
        Some(413) => Some("Send less: the limit is 1 MiB for a body and 64 KiB for callbackJson."),
        Some(408) => Some("Send the whole body within 10 s."),
        Some(429) => Some("Wait for the time in Retry-After, then retry."),
        Some(400) => Some("Send a JSON object, and a body as long as Content-Length says."),
        Some(500..) => Some(
            "Retry status, infos and history. After a create, look the invoice up before you retry.",
        ),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_every_error_code() {
        for (route, code) in Rejection::all() {
            let record = RequestRecord {
                error_code: Some(code),
                ..RequestRecord::test(route)
            };
            let advice = advice(&record).expect("an error has an explanation");
            assert!(!advice.contains("fault rule"), "{code} on {route}");
        }
    }
}
