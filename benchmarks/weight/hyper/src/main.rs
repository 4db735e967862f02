//! Creates an invoice.

use std::time::SystemTime;

use nft_invoice::{ApiKey, Client, Config, Connections, Draft, Rules};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
    let config = Config::new(std::env::var("NFT_INVOICE_URL")?, key);
    let client = Client::with_connections(config, Connections::default())?;
    let input = std::io::read_to_string(std::io::stdin())?;
    let invoice = Draft::from_json(input)?.validate(&Rules::at(SystemTime::now()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{:?}",
        runtime.block_on(client.create(&invoice))?.redirect_url()
    );
    Ok(())
}
