//! Reads invoices: a status, infos, and the history page by page. Reads can be repeated.

use std::error::Error;
use std::time::SystemTime;

use nft_invoice::{ApiKey, Client, Config, Draft, HistoryQuery, InvoiceId, Reference, Rules};
use nft_invoice_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start().await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?)
        .history_path(sandbox.history_path());
    let client = Client::new(config)?;
    for number in 0..60 {
        let draft = Draft::new().email("customer@shop.example").amount("42");
        let draft = draft.reference(Reference::new(format!("drop-1-{number}"))?);
        client
            .create(&draft.validate(&Rules::at(SystemTime::now()))?)
            .await?;
    }

    // The id arrives through the callback; the sandbox counts from 1.
    let id: InvoiceId = "7".parse()?;
    let report = client.status(&id).await?;
    println!(
        "invoice {id} is {}; may it be credited? {}",
        report.status.label(),
        report.status.may_credit()
    );

    // Infos return the merchant's own data.
    let info = client.info(&id).await?;
    assert_eq!(info.reference(), Some(Reference::new("drop-1-6")?));
    // What the gateway sends is read, or kept as it was written.
    println!(
        "its amount is {:?}",
        info.amount.as_ref().map(ToString::to_string)
    );

    let mut pages = client.history(HistoryQuery::default());
    let mut seen = 0;
    while let Some(page) = pages.next().await {
        seen += page?.entries.len();
    }
    println!("the history has {seen} invoices");
    assert_eq!(seen, 60);
    Ok(())
}
