//! Every kind of error, provoked, and what to do about each.

use std::error::Error as StdError;

use nft_invoice::mock::MockTransport;
use nft_invoice::transport::Delivery;
use nft_invoice::{ApiKey, Config, Draft, Error, Invoice, Rules, blocking};

const GOOD: &[u8] =
    br#"{"email":"customer@shop.example","amount":"15.04","devise":"USD","checkoutMode":"nft"}"#;
const BAD: &[u8] = br#"{"email":"jane","amount":"0","devise":"EUR","checkoutMode":"nft"}"#;

fn main() -> Result<(), Box<dyn StdError>> {
    let rules = Rules::new("2026-01-31".parse()?);
    let invoice = Draft::from_json(GOOD)?.validate(&rules)?;

    // 1. Invalid: found before anything was sent.
    let invalid = Draft::from_json(BAD)?.validate(&rules).map_err(Error::from);
    tell("invalid", &invalid.expect_err("three mistakes"));

    // 2. Config: the key would cross the network in the clear.
    let config = Config::new("http://gateway.example", ApiKey::new("key")?);
    let error = blocking::Client::with_transport(config, MockTransport::new());
    tell("config", &error.expect_err("plain http"));

    // 3. Transport: no complete answer. It knows whether the request can have been received.
    let not_sent = MockTransport::new().not_sent("connection refused");
    tell("transport, not sent", &create(not_sent, &invoice)?);
    let unknown = MockTransport::new().unknown("connection reset while waiting for the answer");
    tell("transport, unknown", &create(unknown, &invoice)?);

    // 4. Rejected: the gateway said no. Its code means something only together with the call.
    let no = MockTransport::new().answer(200, r#"{"errorCode":50008,"errorMessage":"wallet"}"#);
    tell("rejected", &create(no, &invoice)?);

    // 5. Unreadable: an answer came, and nobody knows what it says. That is not a failure of the sale.
    let html = MockTransport::new().answer(502, "<html>Bad gateway</html>");
    tell("unreadable", &create(html, &invoice)?);
    Ok(())
}

fn create(transport: MockTransport, invoice: &Invoice) -> Result<Error, Box<dyn StdError>> {
    let config = Config::new("https://gateway.example", ApiKey::new("key")?);
    let client = blocking::Client::with_transport(config, transport)?;
    Ok(client.create(invoice).expect_err("the mock fails"))
}

fn tell(kind: &str, error: &Error) {
    println!("{kind}: {error}");
    let mut cause = error.source();
    while let Some(because) = cause {
        println!("    because {because}");
        cause = because.source();
    }
    let advice = match error.delivery() {
        // A rejection or a mended input is a new decision, not a blind retry.
        Delivery::Responded if matches!(error, Error::Rejected { .. }) => "mend what the code says",
        Delivery::NotSent if matches!(error, Error::Transport { .. }) => "send it again",
        Delivery::NotSent => "mend it, then send it",
        _ => "look it up by its reference; do NOT send it again",
    };
    println!(
        "    -> {advice} (safe to resend as it is: {})",
        error.is_safe_to_resend()
    );
}
