//! Creates a hosted invoice, async, over reqwest: the customer pays on the gateway's page.

use std::error::Error;

use nft_invoice::{
    ApiKey, Client, Config, Date, Email, Hosted, ImageUrl, Reference, Rules, Sale, WebUrl,
};
use nft_invoice_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A gateway on this machine. Against the real one, only the base URL and the key are others.
    let sandbox = Sandbox::builder().start().await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    let client = Client::new(config)?;

    // Plain Rust: each part is valid by itself, and no card can be put into a hosted invoice.
    let mut sale = Sale::new(Email::new("customer@shop.example")?, "15.04".parse()?);
    sale.return_urls.success = Some(WebUrl::new("https://shop.example/thanks")?);
    // Write the reference down before sending: it finds the invoice again if the answer is lost.
    sale.callback_data = Some(Reference::new("order-7f3a")?.into());
    let hosted = Hosted {
        images: Some(ImageUrl::new("https://cdn.shop.example/nft/7.png")?.into()),
        ..Hosted::new(sale)
    };

    let invoice = hosted.validate(&Rules::new(today()?))?;
    let created = client.create(&invoice).await?;
    let page = created
        .redirect_url()
        .ok_or("a hosted invoice has a page")?;
    println!("redirect the customer to {page}");
    Ok(())
}

fn today() -> Result<Date, Box<dyn Error>> {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    Ok(now.date().to_string().parse()?)
}
