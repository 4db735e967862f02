//! The dashboard's forms about the sandbox itself: faults, clock, settings, a new beginning.

use super::shop::Shop;
use super::visit::Visit;

/// A visit to this page of the dashboard.
async fn page(path: &str) -> Visit {
    let visit = Visit::without_scripts().await;
    visit.steers().await;
    visit.browser.open(&visit.url(path)).await;
    visit
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_fault_plan_takes_effect_and_an_error_in_it_is_located() {
    let visit = page("/_sbx/faults").await;
    let browser = &visit.browser;
    let plan = "create->error(50008)@first=1";
    browser.fill("#plan", plan).await;
    browser.submit("Apply plan").await;
    browser.is_at(&visit.url("/_sbx/faults")).await;
    assert_eq!(browser.text("tbody tr").await, format!("{plan} 0 0"));
    let struck = visit.asks(&visit.shop.order());
    assert_eq!(struck["errorCode"], 50008, "the first create");
    visit.sells();
    browser.open(&visit.url("/_sbx/faults")).await;
    assert_eq!(browser.text("tbody tr").await, format!("{plan} 2 1"));

    let wrong = "status->reset\ncreate->explode";
    browser.fill("#plan", wrong).await;
    browser.submit("Apply plan").await;
    let error = browser.text("#wrong").await;
    assert!(
        error.contains("The plan was not applied: syntax error in line 2, column 9."),
        "{error}"
    );
    assert!(
        error.contains("create->explode\n        ^\n"),
        "the mark is not under the place: {error}"
    );
    assert_eq!(browser.value("#plan").await, wrong, "what was entered");
    assert_eq!(
        browser.text("tbody tr").await,
        format!("{plan} 2 1"),
        "the plan before it stays in force"
    );
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn advancing_the_clock_shows_what_happened() {
    let mut visit = page("/_sbx/clock").await;
    visit.sells();
    let browser = &visit.browser;
    browser.submit("+ 14 days").await;
    assert_eq!(browser.text(".big").await, "2025-01-15 00:00:00 UTC");
    let happened = browser.text(".happened").await;
    for line in [
        "2025-01-15 00:00:00\ninvoice 1 EXPIRED",
        "2025-01-15 00:00:00\ncallback 2 invoice:expired of invoice 1, attempt 1: HTTP 200",
    ] {
        assert!(happened.contains(line), "{line:?} is not in {happened:?}");
    }
    browser.fill("#by", "90s").await;
    browser.submit("Advance").await;
    assert_eq!(browser.text(".big").await, "2025-01-15 00:01:30 UTC");
    let nothing = browser.text("main > :last-child").await;
    assert!(nothing.contains("No events."), "{nothing}");

    browser.fill("#by", "soon").await;
    browser.submit("Advance").await;
    let why = browser.text("#by-error").await;
    assert!(why.contains("expected a duration"), "{why}");
    assert_eq!(browser.value("#by").await, "soon", "as entered");
    assert_eq!(visit.sandbox.now().to_string(), "2025-01-15T00:01:30Z");
    visit
        .is_told(1, &["invoice:created", "invoice:expired"])
        .await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn saved_settings_take_effect() {
    let visit = page("/_sbx/settings").await;
    let mut other = Shop::open().await;
    other.trusts("another-secret");
    let browser = &visit.browser;
    browser.fill("#callback_url", &other.url("/callback")).await;
    browser.fill("#callback_secret", "another-secret").await;
    browser.fill("#minimum", "20").await;
    browser.fill("#maximum", "30").await;
    browser.submit("Save").await;
    browser.is_at(&visit.url("/_sbx/settings?saved=yes")).await;
    let said = browser.text("[role=status]").await;
    assert_eq!(said, "Settings saved.");

    for (amount, code) in [("19.99", 50012), ("30.01", 50011), ("20", 0)] {
        let mut order = visit.shop.order();
        order["amount"] = amount.into();
        let answer = visit.asks(&order);
        assert_eq!(answer["errorCode"], code, "{amount} USD");
    }
    let callback = other.callback().await;
    assert_eq!(callback.status.to_string(), "invoice:created");
}

/// A field, what cannot be in it, the field with the error, its label, and what is said.
const WRONG: [(&str, &str, &str, &str, &str); 6] = [
    (
        "#minimum",
        "many",
        "#minimum",
        "Minimum amount",
        "expected an amount",
    ),
    (
        "#maximum",
        "0",
        "#minimum",
        "Minimum amount",
        "must not be above the maximum",
    ),
    (
        "#callback_url",
        "http://shop.example/",
        "#callback_url",
        "Callback URL",
        "",
    ),
    (
        "#retries",
        "often",
        "#retries",
        "Retries",
        "expected `standard`",
    ),
    (
        "#api_keys",
        "one\none",
        "#api_keys",
        "API keys",
        "expected at least one key",
    ),
    (
        "#merchant_name",
        " ",
        "#merchant_name",
        "Merchant name",
        "expected 1 to 100 characters",
    ),
];

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_invalid_setting_is_reported_next_to_its_field() {
    let visit = page("/_sbx/settings").await;
    let browser = &visit.browser;
    for (field, wrong, place, label, why) in WRONG {
        browser.open(&visit.url("/_sbx/settings")).await;
        let before = browser.value(field).await;
        browser.fill("#callback_secret", "another-secret").await;
        browser.fill(field, wrong).await;
        browser.submit("Save").await;
        let said = browser.text("[role=alert]").await;
        let check = format!("Nothing was changed. Check the field {label}.");
        assert_eq!(said, check, "{wrong} in {field}");
        let error = browser.text(&format!("{place}-error")).await;
        assert!(error.contains(why), "{wrong} in {field}: {error}");
        let marked = browser.count("[aria-invalid=true]").await;
        let described = format!(
            "{place}[aria-invalid=true][aria-describedby~={}-error]",
            &place[1..]
        );
        assert_eq!(
            (marked, browser.count(&described).await),
            (1, 1),
            "{wrong} in {field}"
        );
        assert_eq!(
            browser.value(field).await.trim(),
            wrong.trim(),
            "{field} as entered"
        );
        browser.open(&visit.url("/_sbx/settings")).await;
        assert_eq!(browser.value(field).await, before, "{field} in force");
    }
    let secrets = visit.sandbox.callback_secrets();
    assert_eq!(secrets, ["sandbox-secret"], "none of it was saved");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn deleting_all_data_needs_a_confirmation() {
    let visit = page("/_sbx/settings").await;
    visit.sells();
    let browser = &visit.browser;
    browser.press_button("Delete all data").await;
    browser.is_at(&visit.url("/_sbx/settings")).await;
    assert_eq!(visit.sandbox.invoices().len(), 1, "the box is not ticked");
    browser.press("[name=sure]").await;
    browser.submit("Delete all data").await;
    browser.is_at(&visit.url("/_sbx")).await;
    assert_eq!(browser.text("h2").await, "No invoices yet");
    assert_eq!(visit.sells().id, 1, "numbers begin at 1");
}
