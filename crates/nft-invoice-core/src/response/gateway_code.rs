use super::call::Call;

/// A non-zero `errorCode` that the gateway documents for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayCode {
    /// The response's `errorCode`.
    pub code: i64,
    /// The meaning, as the gateway documents it.
    pub meaning: &'static str,
    /// What the merchant can do: this crate's advice, not the gateway's.
    pub what_to_do: &'static str,
    /// Where `meaning` is documented.
    pub source: CodeSource,
}

/// Where a gateway's code is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeSource {
    /// The gateway's document of the create call.
    Document,
    /// The gateway's other public pages.
    PublicPages,
}

impl GatewayCode {
    /// Returns the meaning of `code` in a response to `call`. The same number means something else on another call.
    ///
    /// ```
    /// use nft_invoice_core::{Call, GatewayCode};
    ///
    /// let on = |call| GatewayCode::find(call, 50002).unwrap().meaning;
    /// assert_eq!(on(Call::Create), "email required");
    /// assert_eq!(on(Call::Status), "id required");
    /// ```
    #[must_use]
    pub fn find(call: Call, code: i64) -> Option<&'static Self> {
        documented_codes(call).iter().find(|row| row.code == code)
    }
}

/// Returns every code that the gateway documents for `call`, in ascending order.
#[must_use]
pub fn documented_codes(call: Call) -> &'static [GatewayCode] {
    match call {
        Call::Create => &CREATE,
        Call::Status | Call::Info => &LOOK_UP,
        Call::History => &HISTORY,
    }
}

const CREATE: [GatewayCode; 12] = [
    KEY_REQUIRED,
    public(
        50002,
        "email required",
        "Send the customer's e-mail address.",
    ),
    public(50003, "amount required", "Send the amount, more than zero."),
    public(50004, "devise required", "Send the currency: USD."),
    public(
        50005,
        "invalid email address",
        "Ask the customer for another e-mail address.",
    ),
    ADDRESS_NOT_ALLOWED,
    KEY_INVALID,
    GatewayCode {
        code: 50008,
        meaning: "the merchant's wallet is still being validated and activated: no sale can be created",
        what_to_do: "Wait for the gateway's confirmation e-mail. Until then the wallet can still be changed \
                     from the profile page.",
        source: CodeSource::Document,
    },
    public(
        50009,
        "invalid devise",
        "Convert the amount to US dollars first and send USD.",
    ),
    NO_ADDRESS,
    public(
        50011,
        "the amount is above the allowed maximum",
        "Ask for less, or ask the gateway to raise the account's maximum.",
    ),
    public(
        50012,
        "the amount is below the allowed minimum",
        "Ask for more, or ask the gateway for the account's minimum.",
    ),
];

const LOOK_UP: [GatewayCode; 5] = [
    KEY_REQUIRED,
    public(50002, "id required", "Send the invoice's id."),
    KEY_INVALID,
    NO_ADDRESS,
    public(
        50011,
        "this invoice belongs to another merchant",
        "Check the id, and that the API key is of the account that created the invoice.",
    ),
];

const HISTORY: [GatewayCode; 5] = [
    KEY_REQUIRED,
    ADDRESS_NOT_ALLOWED,
    KEY_INVALID,
    NO_ADDRESS,
    public(
        50012,
        "invalid order, must be ASC or DESC",
        "Send ASC or DESC as the order.",
    ),
];

const KEY_REQUIRED: GatewayCode = public(
    50001,
    "API-KEY required",
    "Send the API key in the API-KEY header; a proxy in between may have taken it out.",
);

const ADDRESS_NOT_ALLOWED: GatewayCode = public(
    50006,
    "this API-KEY can not use this API from this IP address",
    "Call from an IP address that is entered in the profile's API block, or enter this one.",
);

const KEY_INVALID: GatewayCode = public(
    50007,
    "invalid API-KEY",
    "Compare the API key with the one in the profile's API block.",
);

const NO_ADDRESS: GatewayCode = public(
    50010,
    "no IP is linked to the account",
    "Enter the server's public IP address in the profile's API block.",
);

const fn public(code: i64, meaning: &'static str, what_to_do: &'static str) -> GatewayCode {
    GatewayCode {
        code,
        meaning,
        what_to_do,
        source: CodeSource::PublicPages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_something_else_on_another_call() {
        let meaning = |call, code| GatewayCode::find(call, code).map(|row| row.meaning);
        for (code, create, info, history) in [
            (50002, Some("email required"), Some("id required"), None),
            (
                50011,
                Some("the amount is above the allowed maximum"),
                Some("this invoice belongs to another merchant"),
                None,
            ),
            (
                50012,
                Some("the amount is below the allowed minimum"),
                None,
                Some("invalid order, must be ASC or DESC"),
            ),
            (50000, None, None, None),
        ] {
            assert_eq!(meaning(Call::Create, code), create, "create, {code}");
            assert_eq!(meaning(Call::Status, code), info, "status, {code}");
            assert_eq!(meaning(Call::Info, code), info, "info, {code}");
            assert_eq!(meaning(Call::History, code), history, "history, {code}");
        }
    }

    #[test]
    fn tables_are_sorted_and_one_code_is_from_the_document() {
        let mut of_the_document = Vec::new();
        for call in Call::ALL {
            let rows = documented_codes(call);
            assert!(rows.is_sorted_by(|a, b| a.code < b.code), "{call}");
            let document = rows.iter().filter(|r| r.source == CodeSource::Document);
            of_the_document.extend(document.map(|row| (call, row.code)));
        }
        assert_eq!(of_the_document, [(Call::Create, 50008)]);
    }
}
