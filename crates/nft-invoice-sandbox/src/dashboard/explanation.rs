use crate::journal::{RequestRecord, Route};

/// What the caller should do about an answer that is a refusal; `None` when there is nothing to do.
pub(super) fn advice(record: &RequestRecord) -> Option<&'static str> {
    let Some(code) = record.error_code() else {
        return without_code(record);
    };
    Some(match (record.route(), code) {
        (_, 50001) => {
            "Send the header API-KEY with one of the account's keys, which the settings list."
        }
        (Route::Status | Route::Infos, 50002) => {
            "Name the invoice in the query, as ?id=1. Its number comes with the first callback."
        }
        (_, 50002) => "Send the customer's address as the member email.",
        (_, 50003) => "Send amount as a decimal with a point, such as \"15.40\".",
        (_, 50004) => "Send the currency as the member devise, such as \"USD\".",
        (_, 50005) => "Check the address: one @ between two parts, and no spaces.",
        (_, 50006) => {
            "Call from an address that the account allows, or change those in the settings."
        }
        (_, 50007) => "No merchant has this key. Compare it with those in the settings.",
        (_, 50008) => {
            "Switch the wallet on in the settings, or wait as you would for the real one."
        }
        (_, 50009) => "Send USD. Others are taken when the assumption currency is switched to any.",
        (_, 50010) => "The account allows no address at all: change that in the settings.",
        (Route::Create, 50011) => "Lower the amount, or raise the maximum in the settings.",
        (_, 50011) => "Use the key of the merchant who created the invoice, and check its number.",
        (Route::Create, 50012) => "Raise the amount, or lower the minimum in the settings.",
        (_, 50012) => "Send order as ASC or DESC.",
        (_, 59001) => "Use a number from the list of test cards. Real cards are never taken.",
        (_, 59002) => "Send an expiry date to come; the sandbox's clock decides what that is.",
        (_, 59003) => "Send every member that S2S needs; the answer names those that are missing.",
        (_, 59004) => "Send the member checkoutMode with the value \"nft\".",
        (_, 59005) => {
            "Name the cardholder SBX:<OUTCOME> or SBX:<OUTCOME>:<delay>, or anything else."
        }
        _ => "A fault of the plan made this code up.",
    })
}

fn without_code(record: &RequestRecord) -> Option<&'static str> {
    match record.http_status() {
        None => Some(
            "A fault of the plan kept the answer back. Ask for the status before you try again.",
        ),
        Some(404) if record.route() == Route::Other => {
            Some("Check the path: the gateway's paths end with a slash.")
        }
        Some(405) => Some("Check the method: create is a POST, the reads are GETs."),
        Some(413) => Some("Send less: a body may have 1 MiB, callbackJson 64 KiB."),
        Some(408) => Some("Send the whole body within 10 s."),
        Some(429) => Some("Wait as long as Retry-After says, then try again."),
        Some(400) => Some("Send a JSON object, and all of the body that Content-Length announces."),
        Some(500..) => Some("Try reads again. After a create, ask for the status first."),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    #[test]
    fn every_code_of_the_table_has_advice_of_its_own() {
        for (route, code) in Refusal::all() {
            let record = RequestRecord {
                error_code: Some(code),
                ..RequestRecord::test(route)
            };
            let advice = advice(&record).expect("a refusal has advice");
            assert!(!advice.contains("fault"), "{code} on {route}");
        }
    }
}
