//! Validates an invoice.

use std::time::SystemTime;

use nft_invoice_core::{Draft, Encoding, Rules};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let input = std::io::read_to_string(std::io::stdin())?;
    let invoice = Draft::from_json(input)?.validate(&Rules::at(SystemTime::now()))?;
    println!("{:?}", invoice.encode(&Encoding::default()));
    Ok(())
}
