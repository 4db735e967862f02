use nft_invoice::{ErrorCode, InvoiceStatus, WarningCode};
use nft_invoice_bulk::lifecycle::State;

/// The explanation of a code without one. A test makes sure that there is none.
pub const UNEXPLAINED: (&str, &str) = ("not explained here", "Read the message beside it.");

/// The meaning of a validation error, and what to do.
pub fn error(code: ErrorCode) -> (&'static str, &'static str) {
    match code {
        ErrorCode::Required => (
            "the field is missing, null or blank, and this mode requires it",
            "Fill it in. S2S requires every field but the four URLs and callbackJson; hosted requires email, amount, \
             devise and checkoutMode.",
        ),
        ErrorCode::WrongType => (
            "the value has another JSON type than the field",
            "Write text in quotes and an object in braces; the amount may be a number or text.",
        ),
        ErrorCode::Malformed => (
            "the value does not have the field's format",
            "The message shows the format, such as YYYY-MM-DD or MM/YYYY. At the input itself: it is not JSON, or not \
             UTF-8.",
        ),
        ErrorCode::TooShort => (
            "the value has fewer characters or digits than the minimum",
            "Look for something cut off. A verification code written as a number loses its leading zeros.",
        ),
        ErrorCode::TooLong => (
            "the value is longer than the maximum",
            "Shorten it to the limit in the message.",
        ),
        ErrorCode::OutOfRange => (
            "the format is right, but the value is beyond a limit: a day that does not exist, an amount of zero",
            "The message shows the limit.",
        ),
        ErrorCode::Unsupported => (
            "the format is right, but the gateway does not accept the value",
            "Convert the amount to USD; use an http or https URL, an assigned country code, IPv4.",
        ),
        ErrorCode::Checksum => (
            "the card number's check digit is wrong, so a digit was mistyped",
            "Ask the customer to enter the number again.",
        ),
        ErrorCode::Expired => (
            "the card has expired on the day of the validation",
            "Ask the customer for another card. For documented examples of an earlier day, give --today.",
        ),
        ErrorCode::NotAllowed => (
            "the field or value is not allowed here, such as a card in a hosted invoice",
            "Remove the card fields, or use --mode s2s if your own server collects cards.",
        ),
        ErrorCode::Duplicate => (
            "the field is repeated, and programs differ in which one they read",
            "Keep one of them.",
        ),
        ErrorCode::CardData => (
            "a card number is in a field that is not for cards: metadata is permanently public, URLs and callbacks are \
             logged",
            "Remove it. A card belongs only in card_number, card_expiry_date and card_ccv.",
        ),
        _ => UNEXPLAINED,
    }
}

/// The meaning of a warning, and what to do.
pub fn warning(code: WarningCode) -> (&'static str, &'static str) {
    match code {
        WarningCode::UnknownField => (
            "the gateway does not document this field; it is sent as it is",
            "Compare its spelling with the documented names.",
        ),
        WarningCode::Normalized => (
            "the value is sent in another form than it was entered in, such as a country in upper case",
            "Nothing, unless the message surprises you.",
        ),
        WarningCode::InsecureUrl => (
            "the URL is plain http, which anyone between the customer and the server can read and change",
            "Use https.",
        ),
        WarningCode::LocalAddress => (
            "the URL leads to this machine or a private network, which customers cannot reach",
            "Use a public address, unless this is a test.",
        ),
        WarningCode::ReservedIp => (
            "no customer on the internet has this IP address: it is private, local or reserved",
            "Send the address from which the customer connected. Behind a proxy, the proxy knows it.",
        ),
        WarningCode::ExpiresSoon => (
            "the card expires within its last month",
            "Nothing; a later charge will fail.",
        ),
        WarningCode::TestCard => (
            "the card number is a published test number, which live gateways decline",
            "Use it only with the sandbox.",
        ),
        WarningCode::PossibleCard => (
            "the field contains digits that look like a card number, without evidence that they are one",
            "Remove them if they are a card number: the field is logged or public.",
        ),
        WarningCode::Unusual => (
            "the value is allowed, but rarely intended",
            "Read the message and check the value.",
        ),
        _ => UNEXPLAINED,
    }
}

/// The meaning of an invoice's status, and what to do.
pub fn status(status: &InvoiceStatus) -> (&'static str, &'static str) {
    match status {
        InvoiceStatus::Created => (
            "the invoice was created, and the customer has not paid",
            "Send the customer to the payment page. In S2S, wait for the outcome of the card.",
        ),
        InvoiceStatus::Opened => (
            "the customer has opened the payment page and not paid",
            "Wait. The invoice expires 14 days after it was created.",
        ),
        InvoiceStatus::AwaitingApproval => (
            "the customer has paid, and the settlement to the merchant is awaited",
            "Read the infos; if amount, currency and reference are right, you may deliver.",
        ),
        InvoiceStatus::Paid => (
            "the payment was settled to the merchant",
            "Read the infos; if amount, currency and reference are right, deliver once.",
        ),
        InvoiceStatus::Failed => (
            "the payment failed, such as for a declined card",
            "Do not deliver. The customer can pay a new invoice.",
        ),
        InvoiceStatus::Chargeback => (
            "the payment was charged back to the customer; the gateway does not document it further",
            "Do not deliver, or take back what was delivered. Ask the gateway.",
        ),
        InvoiceStatus::Withheld => (
            "the payment is withheld; the gateway does not document it further",
            "Do not deliver before the status is paid. Ask the gateway.",
        ),
        InvoiceStatus::Expired => (
            "the invoice was not paid within 14 days",
            "Create a new invoice if the customer still wants to pay.",
        ),
        _ => UNEXPLAINED,
    }
}

/// The meaning of the state of a row of `bulk`, and what to do.
pub fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Prepared => (
            "the row is valid and was not sent yet",
            "Run the same `bulk run` again.",
        ),
        State::InFlight => (
            "a process has claimed the row and sends it",
            "Wait. If the process has ended, the row is unknown.",
        ),
        State::Accepted => (
            "the gateway has created the invoice; created is not paid",
            "Get the link of a hosted row with `nft-invoice bulk export`.",
        ),
        State::Rejected => (
            "the row is invalid, or the gateway rejected it; no invoice was created",
            "Correct it in its input, or in the file of `bulk run --rejected`. The reason is in `nft-invoice bulk export`.",
        ),
        State::Unknown => (
            "the row may have been sent, and no response to it was understood",
            "Find out what was created with `nft-invoice bulk reconcile`. The next run sends a hosted row again; a card is \
             never sent again by itself.",
        ),
        State::Resolved => ("a person has decided about the row", "Nothing."),
        State::Parked => (
            "the row could not be sent, or got no response, five times",
            "Run the same `bulk run` again, which tries it again.",
        ),
        State::Duplicate => (
            "the row has two invoices, so that the customer can be charged twice",
            "List the rows with `nft-invoice bulk unknown`, compare them with the gateway, and refund one of the two.",
        ),
        State::Replaced => (
            "the row was rejected, and a corrected row has taken its place; it is not counted",
            "Nothing.",
        ),
    }
}
