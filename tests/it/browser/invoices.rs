//! The dashboard's forms about invoices and their callbacks.

use std::time::Duration;

use nft_invoice_sandbox::{InvoiceState, TestCard};

use super::visit::Visit;

const INVOICE: &str = "/_sbx/invoices/1";
/// The state, beside the invoice's heading.
const STATE: &str = "h1 + .badge";

/// A visit to the dashboard of a sandbox with one invoice, whose page is open.
async fn invoice() -> Visit {
    let visit = Visit::without_scripts().await;
    visit.sells();
    visit.steers().await;
    visit.browser.open(&visit.url(INVOICE)).await;
    visit
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_invoices_buttons_change_its_status_and_send_a_callback() {
    let mut visit = invoice().await;
    let browser = &visit.browser;
    for name in ["Opened", "Awaiting approval", "Paid", "Withheld"] {
        browser.submit(name).await;
        assert_eq!(browser.text(STATE).await, name, "after its button");
    }
    // Past the table of states: this invoice is paid for good.
    browser.press("details:has(#to) > summary").await;
    browser.choose("#to", "failed").await;
    browser.submit("Force").await;
    assert_eq!(browser.text(STATE).await, "Failed", "it was forced");
    browser.is_at(&visit.url(INVOICE)).await;
    let told = [
        "invoice:created",
        "invoice:opened",
        "invoice:awaiting_approval",
        "invoice:paid",
        "invoice:withheld",
        "invoice:failed",
    ];
    visit.is_told(1, &told).await;
    visit.is_without_complaint().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_button_of_an_outdated_page_shows_why_nothing_changed() {
    let mut visit = invoice().await;
    let browser = &visit.browser;
    let checkout = visit.sandbox.invoices().only().checkout();
    checkout.pay(TestCard::PAID).await.expect("it is open");
    browser.submit("Opened").await;
    assert_eq!(
        browser.text("[role=alert]").await,
        "The invoice is PAID. Allowed next statuses: CHARGEBACK, WITHHELD."
    );
    let state = visit.sandbox.invoices().only().state;
    assert_eq!(state, InvoiceState::Paid, "it stays as it was");

    browser.open(&visit.url(INVOICE)).await;
    visit.is_told_of_one_payment().await;
    visit.sandbox.reset().expect("nothing is kept in a file");
    let browser = &visit.browser;
    for (button, why) in [
        ("Resend", "callback not found"),
        ("Withheld", "invoice not found"),
    ] {
        browser.submit(button).await;
        assert_eq!(browser.text("[role=alert]").await, why, "{button}");
        browser.back().await.expect("the page is before");
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_replayed_callback_has_the_same_bytes() {
    let mut visit = invoice().await;
    let first = visit.shop.receives().await;
    // What comes from now on is signed with another secret; what has been made is not.
    visit.sandbox.rotate_callback_secret("another-secret");
    visit.browser.open(&visit.url("/_sbx/callbacks")).await;
    visit
        .browser
        .press(".rows a[href='/_sbx/callbacks/1']")
        .await;
    visit.browser.submit("Resend").await;
    let again = visit.shop.receives().await;
    assert_eq!(again.body, first.body, "the body, byte for byte");
    assert_eq!(again.signature, first.signature, "X-Signature");

    let settled = visit.sandbox.advance(Duration::ZERO).await;
    settled.expect("the clock may stand still");
    for page in ["/_sbx/callbacks/1", INVOICE] {
        visit.browser.open(&visit.url(page)).await;
        let attempts = visit.browser.count(".attempts > li").await;
        assert_eq!(attempts, 2, "attempts on {page}");
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn queued_outcomes_take_precedence_over_the_card() {
    let mut visit = Visit::without_scripts().await;
    visit.steers().await;
    let cards = visit.url("/_sbx/cards");
    let browser = &visit.browser;
    browser.open(&cards).await;
    for outcome in ["FUNDS", "APPROVED"] {
        browser.choose("#outcome", outcome).await;
        browser.submit("Add to queue").await;
    }
    let mut line = browser.text("section.panel").await;
    assert!(line.contains("Queue: FUNDS APPROVED"), "{line}");

    // One is for one attempt to pay.
    visit.opens().await;
    visit.presses("pay").await;
    visit.lands_on("/bad").await;
    visit
        .is_told(1, &["invoice:created", "invoice:opened", "invoice:failed"])
        .await;
    visit.browser.open(&cards).await;
    line = visit.browser.text("section.panel").await;
    assert!(line.contains("Queue: APPROVED"), "{line}");

    visit.browser.submit("Clear queue").await;
    line = visit.browser.text("section.panel").await;
    assert!(line.contains("The queue is empty"), "{line}");
    visit.opens().await;
    visit.presses("pay").await;
    visit.lands_on("/ok").await;
}
