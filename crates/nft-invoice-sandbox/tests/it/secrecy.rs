use nft_invoice_sandbox::{Sandbox, StartError};

use crate::client::{create, page_of, s2s, send, start};

/// Prints everything after requests with a card, a verification code, a key and a token.
#[test]
fn never_prints_secrets() {
    let builder = Sandbox::builder().api_key("key-of-the-shop");
    let printed_builder = format!("{builder:?}");
    let sandbox = start(builder);
    let mut activity = sandbox.subscribe();
    let mut body = s2s("4000002760003184");
    body["card_ccv"] = "987".into();
    let response = create(&sandbox, &body);
    body["card_number"] = "4929420573595709".into();
    create(&sandbox, &body);
    let page = page_of(&sandbox, &response);
    send(&sandbox, "GET", &page, &[], "");
    let token = page.rsplit('=').next().unwrap().to_owned();

    let mut printed = printed_builder;
    printed += &format!(
        "{sandbox:?} {:?} {:?}",
        sandbox.invoices(),
        sandbox.requests()
    );
    for one in activity.try_iter() {
        printed += &format!("{one} {one:?} ");
    }
    // The port is a random number, which can contain the verification code.
    let printed = printed.replace(sandbox.base_url(), "");
    assert!(
        printed.contains("HTTP 200, error 59001"),
        "too little is printed: {printed}"
    );
    for secret in [
        "4000002760003184",
        "4929420573595709",
        "400000",
        "987",
        "key-of",
        "a@b",
        &token,
    ] {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
    }
}

#[test]
fn does_not_repeat_an_invalid_key() {
    let error = Sandbox::builder()
        .api_key("a key")
        .start_blocking()
        .unwrap_err();
    assert!(matches!(error, StartError::ApiKey));
    assert!(!format!("{error} {error:?}").contains("a key"));
}
