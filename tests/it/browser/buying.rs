use nft_invoice_sandbox::{InvoiceState, TestCard, days};

use super::chromium::Browser;
use super::visit::Visit;

/// The card if it is another than that in the form, the buttons, the shop's page, the state, and what the shop is told
/// last.
type Way = (
    Option<TestCard>,
    &'static [&'static str],
    &'static str,
    InvoiceState,
    &'static [&'static str],
);

const THREE_D_SECURE: Option<TestCard> = Some(TestCard::CHALLENGE);

const WAYS: [Way; 9] = [
    (None, &["pay"], "/ok", InvoiceState::Paid, &["invoice:paid"]),
    (
        None,
        &["decline"],
        "/bad",
        InvoiceState::Failed,
        &["invoice:failed"],
    ),
    (
        None,
        &["cancel"],
        "/back",
        InvoiceState::Opened,
        &["invoice:opened"],
    ),
    (
        None,
        &["pending"],
        "/wait",
        InvoiceState::AwaitingApproval,
        &["invoice:awaiting_approval"],
    ),
    (
        Some(TestCard::FUNDS),
        &["pay"],
        "/bad",
        InvoiceState::Failed,
        &["invoice:failed"],
    ),
    (
        Some(TestCard::APPROVED),
        &["pay"],
        "/wait",
        InvoiceState::AwaitingApproval,
        &["invoice:awaiting_approval"],
    ),
    (
        THREE_D_SECURE,
        &["pay", "complete"],
        "/ok",
        InvoiceState::Paid,
        &["invoice:paid"],
    ),
    (
        THREE_D_SECURE,
        &["pay", "fail"],
        "/bad",
        InvoiceState::Failed,
        &["invoice:failed"],
    ),
    (
        THREE_D_SECURE,
        &["pay", "cancel"],
        "/back",
        InvoiceState::Opened,
        &["invoice:opened"],
    ),
];

#[tokio::test]
#[ignore = "needs Chromium"]
async fn each_outcome_of_the_page_returns_to_the_shop_and_sends_a_callback() {
    let mut visit = Visit::start().await;
    for (at, (card, buttons, path, state, told)) in WAYS.into_iter().enumerate() {
        visit.opens().await;
        if let Some(card) = card {
            visit.enters(card.number).await;
        }
        for button in buttons {
            visit.presses(button).await;
        }
        visit.lands_on(path).await;
        let invoice = at as u64 + 1;
        let reached = visit.sandbox.invoices().last().expect("just made").state;
        assert_eq!(reached, state, "invoice {invoice}: {buttons:?}");
        visit
            .is_told(
                invoice,
                &[&["invoice:created", "invoice:opened"], told].concat(),
            )
            .await;
    }
    visit.is_without_complaint().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_second_tab_shows_the_result_of_the_first() {
    let mut visit = Visit::start().await;
    let url = visit.opens().await;
    let first = visit.browser.window().await.expect("a window");
    let second = visit.browser.new_window(true).await.expect("a tab").handle;
    visit
        .browser
        .switch_to_window(second)
        .await
        .expect("it is there");
    visit.browser.open(&url).await;

    visit.presses("pay").await;
    visit.lands_on("/ok").await;
    visit
        .browser
        .switch_to_window(first)
        .await
        .expect("it is there");
    // Another button even: what was pressed first counts.
    visit.presses("decline").await;
    visit.lands_on("/ok").await;
    visit.is_told_of_one_payment().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn going_back_after_paying_does_not_pay_again() {
    let mut visit = Visit::start().await;
    let url = visit.opens().await;
    visit.presses("pay").await;
    visit.lands_on("/ok").await;
    visit.browser.back().await.expect("there is a page before");
    visit.browser.is_at(&url).await;
    // Chromium shows the form as it was if it still has it, and asks for the page if not.
    visit.browser.find("#result, #pay").await;
    if visit.browser.count("#pay").await == 1 {
        visit.presses("pay").await;
        visit.lands_on("/ok").await;
        visit.browser.open(&url).await;
    }
    assert_eq!(visit.browser.text("#result").await, "Payment received");
    assert_eq!(
        visit.browser.count("button").await,
        0,
        "nothing is left to press"
    );
    visit.is_told_of_one_payment().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_invoice_that_expires_under_an_open_page_is_not_paid() {
    let mut visit = Visit::start().await;
    let url = visit.opens().await;
    visit
        .sandbox
        .advance(days(15))
        .await
        .expect("the clock moves");
    visit.presses("pay").await;
    let title = visit.browser.text(".result.closed h2").await;
    assert_eq!(title, "Invoice expired");
    visit.browser.is_at(&url).await;
    visit
        .is_told(1, &["invoice:created", "invoice:opened", "invoice:expired"])
        .await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_test_cards_button_pays_with_that_card() {
    let mut visit = Visit::without_scripts().await;
    for (invoice, card, path, status) in [
        (1, "378282246310005", "/ok", "invoice:paid"),
        (2, TestCard::FUNDS.number, "/bad", "invoice:failed"),
    ] {
        visit.opens().await;
        visit.browser.press(".cards summary").await;
        let button = format!("button[value='{card}']");
        visit.browser.press(&button).await;
        visit.lands_on(path).await;
        let told = ["invoice:created", "invoice:opened", status];
        visit.is_told(invoice, &told).await;
    }
    visit.is_without_complaint().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_rejected_card_stays_in_the_form_except_its_code() {
    let mut visit = Visit::without_scripts().await;
    visit.opens().await;
    let browser = &visit.browser;
    browser.fill("#card_number", "4929 4205 7359 5709").await;
    browser.fill("#card_expiry", "12/2024").await;
    browser.fill("#card_code", "987").await;
    browser.fill("#cardholder", "Ada Nobody").await;
    browser.submit("Pay 15.04 USD").await;
    assert_eq!(
        browser.text("[role=alert]").await,
        "The payment was not submitted. Check the card number and the expiry date."
    );
    for (field, value, error) in [
        (
            "#card_number",
            "4929 4205 7359 5709",
            "Error: This is not a test card. Use one of the test cards below.",
        ),
        (
            "#card_expiry",
            "12/2024",
            "Error: Enter an expiry date in the future as MM/YYYY, for example 12/2030.",
        ),
    ] {
        assert_eq!(browser.value(field).await, value, "{field} as entered");
        let id = format!("{field}-error");
        // The word before the message comes from the style sheet.
        assert_eq!(format!("Error: {}", browser.text(&id).await), error);
    }
    assert_eq!(browser.value("#card_code").await, "", "the code is dropped");
    assert_eq!(browser.value("#cardholder").await, "Ada Nobody");
    let focused = browser.active_element().await.expect("one has the focus");
    let focused = focused.attr("id").await.expect("an attribute");
    assert_eq!(focused.as_deref(), Some("card_number"), "the first error");

    visit.enters(TestCard::PAID.number).await;
    browser.fill("#card_expiry", "12/2030").await;
    visit.presses("pay").await;
    visit.lands_on("/ok").await;
    visit.is_told_of_one_payment().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_pages_work_without_javascript() {
    let mut visit = Visit::without_scripts().await;
    visit.opens().await;
    visit.enters(TestCard::CHALLENGE.number).await;
    visit.presses("pay").await;
    visit.presses("complete").await;
    visit.lands_on("/ok").await;
    assert_eq!(
        visit.browser.text("#scripts").await,
        "off",
        "scripts are off here"
    );
    visit.is_told_of_one_payment().await;

    let other = Browser::start().await;
    other.open(&visit.shop.url("/ok")).await;
    assert_eq!(other.text("#scripts").await, "on", "and on elsewhere");
}
