//! The dashboard's search and its samples.

use serde_json::json;

use super::visit::Visit;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_payment_link_finds_its_invoice_and_stays_out_of_the_address() {
    let visit = Visit::without_scripts().await;
    let link = visit.sells().checkout().url().expect("it has a page");
    let mut order = visit.shop.order();
    order["callbackJson"] = json!({"nftInvoiceReference": "order-7f3a"});
    visit.asks(&order);
    visit.steers().await;
    let browser = &visit.browser;
    browser.fill("#search", &link).await;
    browser.submit("Find").await;
    browser.is_at(&visit.url("/_sbx/invoices/1")).await;
    browser.open(&visit.url("/_sbx")).await;
    browser.fill("#search", "order-7f3a").await;
    browser.submit("Find").await;
    browser.is_at(&visit.url("/_sbx?search=order-7f3a")).await;
    assert_eq!(browser.count("a.row").await, 1);
    assert_eq!(browser.value("#search").await, "order-7f3a");
    visit.is_without_complaint().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn one_click_selects_a_whole_sample() {
    let visit = Visit::start().await;
    visit.steers().await;
    let browser = &visit.browser;
    browser.open(&visit.url("/_sbx/connect")).await;
    browser.press("pre code").await;
    let selected = browser.execute("return String(getSelection())", Vec::new());
    let selected = selected.await.expect("it is text");
    let expected = browser.text("pre code").await;
    assert!(expected.starts_with("export NFT_INVOICE_BASE_URL="));
    assert_eq!(selected.as_str().expect("text").trim(), expected.trim());
}
