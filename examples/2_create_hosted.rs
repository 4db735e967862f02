//! Creates a hosted invoice, async, over reqwest: the customer pays on the gateway's page.

use std::error::Error;
use std::time::SystemTime;

use nft_invoice::{ApiKey, Client, Config, Draft, Reference, Rules};
use nft_invoice_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A gateway on this machine. For the real one, only the base URL and the key differ.
    let sandbox = Sandbox::builder().start().await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    let client = Client::new(config)?;

    // Store the reference before sending: it finds the invoice if the response is lost.
    let reference = Reference::random();
    let invoice = Draft::new()
        .email("customer@shop.example")
        .amount("15.04")
        .success_url("https://shop.example/thanks")
        .image("https://cdn.shop.example/nft/7.png")
        .reference(reference)
        .validate(&Rules::at(SystemTime::now()))?;

    let created = client.create(&invoice).await?;
    let page = created
        .redirect_url()
        .ok_or("a hosted invoice has a page")?;
    println!("redirect the customer to {page}");
    Ok(())
}
