//! Looks invoices up: one's status, its infos, and the history page by page. Reads may be repeated.

use std::error::Error;

use nft_invoice::{ApiKey, Client, Config, Draft, HistoryQuery, InvoiceId, Reference, Rules};
use nft_invoice_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().start().await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?)
        // The gateway does not publish this path, so it has no default.
        .history_path(sandbox.history_path());
    let client = Client::new(config)?;

    let order =
        br#"{"email":"customer@shop.example","amount":42,"devise":"USD","checkoutMode":"nft"}"#;
    for number in 0..60 {
        let reference = Reference::new(&format!("drop-1-{number}"))?;
        let draft = Draft::from_json(order)?.with_reference(reference);
        client
            .create(&draft.validate(&Rules::new("2026-01-31".parse()?))?)
            .await?;
    }

    // The id comes through the callback; the sandbox counts from 1.
    let id: InvoiceId = "7".parse()?;
    let report = client.status(&id).await?;
    println!(
        "invoice {id} is {}; may it be credited? {}",
        report.status.label(),
        report.status.may_credit()
    );

    // Infos hand the merchant's data back: this is how an invoice is found whose answer was lost.
    let info = client.info(&id).await?;
    let reference = info.callback_data().and_then(Reference::find);
    println!("it was created for {reference:?}");
    assert_eq!(reference, Some(Reference::new("drop-1-6")?));

    let mut pages = client.history(HistoryQuery::default());
    let mut seen = 0;
    while let Some(page) = pages.next().await {
        seen += page?.list.len();
    }
    println!("the history holds {seen} invoices");
    assert_eq!(seen, 60);
    Ok(())
}
