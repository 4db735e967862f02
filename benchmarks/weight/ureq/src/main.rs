//! Creates an invoice.

use std::time::SystemTime;

use nft_invoice::{ApiKey, Config, Draft, Rules, blocking::Client};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
    let client = Client::new(Config::new(std::env::var("NFT_INVOICE_URL")?, key))?;
    let input = std::io::read_to_string(std::io::stdin())?;
    let invoice = Draft::from_json(input)?.validate(&Rules::at(SystemTime::now()))?;
    println!("{:?}", client.create(&invoice)?.redirect_url());
    Ok(())
}
