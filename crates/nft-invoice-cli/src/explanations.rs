use nft_invoice::{AdviceCode, ProblemCode};

/// What a code without an explanation gets; a test sees to it that there is none.
pub const UNEXPLAINED: (&str, &str) = ("not explained here", "Read the message beside it.");

/// What a problem means, and what to do about it.
pub fn problem(code: ProblemCode) -> (&'static str, &'static str) {
    match code {
        ProblemCode::Required => (
            "the member is missing, null or blank, and this kind of invoice needs it",
            "Fill it in. S2S invoices need all but the four URLs and callbackJson; hosted ones need email, \
             amount, devise and checkoutMode.",
        ),
        ProblemCode::WrongType => (
            "the member has another JSON type than it should",
            "Write text in quotes, an object in braces; the amount may be a number or text.",
        ),
        ProblemCode::Malformed => (
            "what stands there is not of the member's form",
            "The message shows the form, such as YYYY-MM-DD or MM/YYYY. At the input itself: it is not JSON, \
             or not in plain UTF-8.",
        ),
        ProblemCode::TooShort => (
            "there are fewer characters or digits than the least",
            "Check for something cut off; a verification code written as a number loses its leading zeros.",
        ),
        ProblemCode::TooLong => (
            "there is more than the most that can be sent",
            "Shorten it to what the message says.",
        ),
        ProblemCode::OutOfRange => (
            "the form is right, the value beyond a limit: a day that does not exist, an amount of zero",
            "The message says which limit.",
        ),
        ProblemCode::Unsupported => (
            "the form is right, but the gateway does not take this one",
            "Convert the amount to USD first; use an http or https URL, an assigned country code, IPv4.",
        ),
        ProblemCode::Checksum => (
            "the card number's check digit is wrong: a digit was mistyped",
            "Ask the customer to enter the number again.",
        ),
        ProblemCode::Expired => (
            "the card was no longer valid on the day of the check",
            "Ask the customer for another card. For documented examples of an earlier day, give --today.",
        ),
        ProblemCode::NotAllowed => (
            "a hosted invoice holds a card, which its customer enters on the payment page",
            "Remove the card members, or use --mode s2s if your own server collects cards.",
        ),
        ProblemCode::Duplicate => (
            "the member stands twice, and programs differ in which one they read",
            "Keep one of them.",
        ),
        ProblemCode::CardData => (
            "a card number stands where it does not belong: metadata is public for ever, URLs and callbacks \
             are logged",
            "Take it out. A card belongs in card_number, card_expiry_date and card_ccv only.",
        ),
        _ => UNEXPLAINED,
    }
}

/// What a piece of advice means, and what to do about it.
pub fn advice(code: AdviceCode) -> (&'static str, &'static str) {
    match code {
        AdviceCode::UnknownField => (
            "the gateway does not document this member; it is sent on as it is",
            "Check its spelling against the documented names.",
        ),
        AdviceCode::Normalized => (
            "what is sent is written a little differently, such as a country in capitals",
            "Nothing, unless the message surprises you.",
        ),
        AdviceCode::InsecureUrl => (
            "the URL is plain http, which others on the way can read and change",
            "Use https where you can.",
        ),
        AdviceCode::LocalAddress => (
            "the URL leads to this machine or a private network, where no customer gets",
            "Use a public address, unless this is a test.",
        ),
        AdviceCode::ReservedIp => (
            "no customer comes from this address: it is private, local or reserved",
            "Send the address that the customer's connection came from; behind a proxy, the proxy knows it.",
        ),
        AdviceCode::ExpiresSoon => (
            "the card is in its last month, or one day beyond it",
            "Nothing; a later charge will fail.",
        ),
        AdviceCode::TestCard => (
            "the card number is a well-known test number, which no live gateway charges",
            "Use it against the sandbox only.",
        ),
        AdviceCode::Unusual => (
            "it is allowed, and rarely meant",
            "Read the message and look again.",
        ),
        _ => UNEXPLAINED,
    }
}
