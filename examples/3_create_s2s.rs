//! Creates an invoice server to server, blocking, over ureq: the merchant sends the card.
//!
//! Whoever handles card numbers falls under PCI DSS. If you can, create hosted invoices instead.

use std::error::Error;

use nft_invoice::{ApiKey, Config, Date, Draft, Reference, Rules, blocking};
use nft_invoice_sandbox::Sandbox;

/// What a checkout collects, in the gateway's own names. The card is a public test number.
const ORDER: &[u8] = include_bytes!("invoices/s2s.json");

fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start_blocking()?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    let client = blocking::Client::new(config)?;

    // The draft borrows the bytes; number and code are copied into memory that is wiped, and nowhere else.
    let draft = Draft::from_json(ORDER)?.with_reference(Reference::new("order-7f3b")?);
    let checked = draft.check(&Rules::new(today()?));
    for advice in &checked.advice {
        println!("advice: {advice}");
    }
    let invoice = checked.invoice?;
    println!(
        "charging the card that ends in {}",
        invoice.card_last4().unwrap_or("…")
    );

    client.create(&invoice)?;
    // The answer holds no id: the outcome comes through the callback. The sandbox shows it already.
    println!(
        "the gateway made of it: {}",
        sandbox.invoices().only().state()
    );
    Ok(())
}

fn today() -> Result<Date, Box<dyn Error>> {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    Ok(now.date().to_string().parse()?)
}
