// With the crate nft-invoice and its features `ureq` and `callback`.
use std::env::var;
use std::error::Error;
use std::time::SystemTime;

use nft_invoice::blocking::Client;
use nft_invoice::{
    ApiKey, Callback, Config, Confirmation, Draft, Expected, FindOptions, FindResult, Reference,
    Rules, Verifier,
};

fn main() -> Result<(), Box<dyn Error>> {
    let key = ApiKey::new(var("NFT_INVOICE_API_KEY")?)?;
    let config = Config::new(var("NFT_INVOICE_BASE_URL")?, key)
        .history_path(var("NFT_INVOICE_HISTORY_PATH")?);
    let client = Client::new(config)?;

    let reference = Reference::new("order-rust")?;
    let invoice = Draft::new()
        .email("customer@shop.example")
        .amount("15.04")
        .reference(reference.clone())
        .validate(&Rules::at(SystemTime::now()))?;
    let created = client.create(&invoice)?;
    println!("payment page: {}", created.redirect_url().ok_or("no page")?);

    // The response has no invoice number. It arrives through the callback; without one, find it by the reference.
    if let FindResult::Found(found) = client.find(&reference, FindOptions::of(&invoice))? {
        println!("invoice {}: {}", found.id, client.status(&found.id)?.status);
    }
    Ok(())
}

/// Checks the X-Signature of a callback and reads its body, exactly as it was received.
pub fn read_callback(signature: &str, body: &[u8]) -> Result<Callback, Box<dyn Error>> {
    let verifier = Verifier::hmac_sha256(var("NFT_INVOICE_CALLBACK_SECRET")?)?;
    Ok(verifier.read(signature, body)?)
}

/// Reads the infos of the invoice in a callback. Deliver by them, once for each order: a callback can be old, forged or
/// sent twice. Store `Expected::of(&invoice)` with the order before the create.
pub fn is_paid(
    client: &Client,
    callback: &Callback,
    expected: &Expected,
) -> Result<bool, Box<dyn Error>> {
    let confirmation = client.confirm(callback, expected)?;
    Ok(matches!(confirmation, Confirmation::Paid(_)))
}
