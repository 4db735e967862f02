//! Creates an invoice server to server, blocking, over ureq: the merchant sends the card. Handles every error.
//!
//! Handling card numbers falls under PCI DSS. If you can, create hosted invoices instead.

use std::time::SystemTime;

use nft_invoice::{ApiKey, Config, Draft, Error, Reference, Retry, Rules, blocking};
use nft_invoice_sandbox::Sandbox;

/// What a checkout collects, in the gateway's names. The card is a public test number.
const ORDER: &[u8] = include_bytes!("invoices/s2s.json");

/// What the shop does next.
#[derive(Debug, PartialEq)]
enum Next {
    /// Wait for the callback: created is not paid.
    WaitForCallback,
    /// Show the errors beside the fields of the form.
    Correct(Vec<String>),
    /// Show the reason to the customer, or to the merchant.
    Rejected(String),
    /// Nothing was sent: offer to try again.
    TryAgain,
    /// The card may have been charged: find the invoice by its reference, do not send it again.
    Find,
}

fn charge(client: &blocking::Client, order: &[u8], reference: Reference) -> Next {
    let draft = Draft::from_json(order).map(|draft| draft.reference(reference));
    let invoice = match draft.and_then(|draft| draft.validate(&Rules::at(SystemTime::now()))) {
        Ok(invoice) => invoice,
        Err(errors) => return Next::Correct(errors.iter().map(ToString::to_string).collect()),
    };
    // Repeats only what certainly was not sent.
    let retry = Retry {
        attempts: 2,
        ..Retry::default()
    };
    let result = retry.run_blocking(std::thread::sleep, || client.create(&invoice));
    match result {
        Ok(_) => Next::WaitForCallback,
        Err(error @ Error::Rejected { .. }) => Next::Rejected(error.to_string()),
        Err(error) if error.is_safe_to_resend() => Next::TryAgain,
        // No complete response, or one that cannot be understood.
        Err(error) => {
            println!("{error}");
            Next::Find
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reference = |number: u32| Reference::new(format!("order-{number}"));
    for (faults, order, expected) in [
        ("", ORDER, "WaitForCallback"),
        ("", br#"{"email":"x"}"#.as_slice(), "Correct"),
        ("create->error(50008)", ORDER, "Rejected"),
        ("create->after.reset", ORDER, "Find"),
        ("create->after.badjson", ORDER, "Find"),
    ] {
        let sandbox = Sandbox::builder().faults(faults)?.start_blocking()?;
        let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
        let next = charge(&blocking::Client::new(config)?, order, reference(1)?);
        println!("{next:?}");
        assert!(format!("{next:?}").starts_with(expected), "{next:?}");
    }

    // Nothing listens where a sandbox has stopped.
    let sandbox = Sandbox::builder().start_blocking()?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    drop(sandbox);
    let next = charge(&blocking::Client::new(config)?, ORDER, reference(2)?);
    println!("{next:?}");
    assert_eq!(next, Next::TryAgain);
    Ok(())
}
