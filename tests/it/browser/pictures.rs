use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use nft_invoice_sandbox::TestCard;
use serde_json::json;
use tempfile::TempDir;

use super::visit::Visit;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn writes_the_readmes_pictures() {
    // Where nobody asked for them they are made all the same: their size is a test.
    let nowhere = TempDir::new().expect("a folder");
    let folder = env::var_os("NFT_INVOICE_PICTURES");
    let folder = folder.map_or_else(|| nowhere.path().to_owned(), PathBuf::from);
    let visit = Visit::start().await;
    let browser = &visit.browser;
    for (amount, card) in [
        ("240", TestCard::FUNDS),
        ("99.90", TestCard::CHALLENGE),
        ("15.04", TestCard::PAID),
        ("1250", TestCard::APPROVED),
    ] {
        let advance = visit.sandbox.advance(Duration::from_mins(40));
        advance.await.expect("the clock moves");
        let mut order = visit.shop.order();
        order["amount"] = amount.into();
        visit.asks(&order);
        let invoices = visit.sandbox.invoices();
        let checkout = invoices.last().expect("it was just created").checkout();
        checkout.pay(card).await.expect("it can be paid");
    }
    let checkout = visit.sells().checkout().url().expect("it has a page");
    visit.steers().await;
    let dashboard = visit.url("/_sbx");
    for scheme in ["light", "dark"] {
        browser.look(1120, scheme).await;
        for (name, url, height) in [("checkout", &checkout, 960), ("dashboard", &dashboard, 720)] {
            // As high as the page.
            let screen =
                json!({"width": 1120, "height": height, "deviceScaleFactor": 1, "mobile": false});
            browser
                .devtools("Emulation.setDeviceMetricsOverride", screen)
                .await;
            browser.open(url).await;
            // The port is another each time, the pictures are not.
            let port = "for (const place of document.querySelectorAll('.where')) place.textContent = 'http://127.0.0.1:8080'";
            browser
                .execute(port, Vec::new())
                .await
                .expect("it is written");
            let picture = browser.screenshot().await.expect("a picture");
            let file = folder.join(format!("{name}-{scheme}.png"));
            fs::write(&file, &picture).expect("the folder can be written to");
            let size = picture.len();
            assert!(size < 150_000, "{} has {size} bytes", file.display());
        }
    }
}
