//! Recovers an invoice whose response was lost, from start to end: store the reference, create, find.

use std::error::Error;
use std::time::SystemTime;

use nft_invoice::transport::Delivery;
use nft_invoice::{ApiKey, Config, Draft, FindOptions, FindResult, Reference, Rules, blocking};
use nft_invoice_sandbox::Sandbox;

fn main() -> Result<(), Box<dyn Error>> {
    // A gateway that creates the invoice and then resets the connection instead of responding.
    let sandbox = Sandbox::builder()
        .faults("create->after.reset@n=1")?
        .start_blocking()?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?)
        // The gateway does not publish this path: ask for it before you need it.
        .history_path(sandbox.history_path());
    let client = blocking::Client::new(config)?;

    // 1. Store the reference with the order, before anything is sent.
    let reference = Reference::random();
    let invoice = Draft::new()
        .email("customer@shop.example")
        .amount("15.04")
        .reference(reference.clone())
        .validate(&Rules::at(SystemTime::now()))?;

    // 2. The response is lost. Nobody knows whether the invoice was created, so it is not sent again.
    let error = client.create(&invoice).expect_err("the response is lost");
    println!("{error}");
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert!(!error.is_safe_to_resend());

    // 3. Find it. What is known of the invoice saves most of the reads.
    match client.find(&reference, FindOptions::of(&invoice))? {
        FindResult::Found(found) => {
            println!(
                "it is invoice {}, and its status is {}",
                found.id, found.info.status
            );
            assert_eq!(found.info.reference(), Some(reference));
        }
        // Weak evidence: the history can lag behind. Search again later, and do not send a card because of it.
        FindResult::NotFound(searched) => panic!("not found among {} invoices", searched.invoices),
    }
    Ok(())
}
