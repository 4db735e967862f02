use fantoccini::elements::Element;
use nft_invoice_sandbox::InvoiceState;

use super::chromium::Browser;
use super::visit::Visit;

const ENTER: char = '\u{e007}';
const TAB: char = '\u{e004}';
const SPACE: char = ' ';

/// No page has more places for the focus.
const STOPS: usize = 60;

impl Browser {
    /// Presses Tab until what is called `name` has the focus, which can be seen wherever it stands; the stops.
    pub async fn tab_to(&self, name: &str) -> Vec<String> {
        let mut stops = Vec::new();
        while stops.last().map(String::as_str) != Some(name) {
            assert!(
                stops.len() < STOPS,
                "Tab does not come to {name}: {stops:?}"
            );
            self.keys(&[TAB]).await;
            let element = self.active_element().await.expect("one has the focus");
            let stop = called(&element).await;
            let outline = element.css_value("outline").await.expect("its style");
            assert!(
                outline.ends_with("solid 3px"),
                "the focus on {stop} cannot be seen: {outline}"
            );
            stops.push(stop);
        }
        stops
    }

    /// Goes past the navigation, which takes Tab and Enter on each page of the dashboard.
    async fn skip_to_content(&self) {
        assert_eq!(self.tab_to("Skip to main content").await.len(), 1);
        let link = self.active_element().await.expect("the link has the focus");
        let (left, top, ..) = link.rectangle().await.expect("a place");
        assert!(
            left >= 0.0 && top >= 0.0,
            "the link is at {left}, {top}, where nobody sees it"
        );
        self.keys(&[ENTER]).await;
    }
}

/// Its id or, without one, its text or its name in the form.
async fn called(element: &Element) -> String {
    let id = element.attr("id").await.expect("its id");
    let text = element.text().await.expect("its text");
    let name = element.attr("name").await.expect("its name");
    let text = Some(text).filter(|text| !text.is_empty());
    id.or(text).or(name).unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_payment_page_can_be_used_with_the_keyboard_alone() {
    let mut visit = Visit::start().await;
    visit.opens().await;
    let stops = visit.browser.tab_to("Pay 15.04 USD").await;
    let fields = [
        "card_number",
        "card_expiry",
        "card_code",
        "cardholder",
        "Pay 15.04 USD",
    ];
    assert_eq!(stops, fields, "where Tab goes");
    visit.browser.keys(&[ENTER]).await;
    visit.lands_on("/ok").await;
    visit.is_told_of_one_payment().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn invoices_and_settings_can_be_used_with_the_keyboard_alone() {
    let mut visit = Visit::without_scripts().await;
    visit.sells();
    visit.steers().await;
    let browser = &visit.browser;
    browser.open(&visit.url("/_sbx/invoices/1")).await;
    for (key, button, stops) in [
        (SPACE, "Opened", &["Invoices", "Opened"][..]),
        (ENTER, "Failed", &["Invoices", "Paid", "Failed"]),
    ] {
        browser.skip_to_content().await;
        assert_eq!(browser.tab_to(button).await, stops, "where Tab goes");
        browser.keys(&[key]).await;
        browser.find(&state_badge(button)).await;
    }

    browser.tab_to("Settings").await;
    browser.keys(&[ENTER]).await;
    browser.is_at(&visit.url("/_sbx/settings")).await;
    browser.skip_to_content().await;
    assert_eq!(
        browser.tab_to("minimum").await,
        ["api_keys", "merchant_name", "minimum"]
    );
    browser.keys(&['2', '0']).await;
    browser.tab_to("wallet_active").await;
    browser.keys(&[SPACE]).await;
    browser.tab_to("Save").await;
    browser.keys(&[ENTER]).await;
    browser.is_at(&visit.url("/_sbx/settings?saved=yes")).await;
    assert_eq!(browser.value("#minimum").await, "20.00");
    let refused = visit.asks(&visit.shop.order());
    assert_eq!(refused["errorCode"], 50008, "the wallet is not active");

    let state = visit.sandbox.invoices().only().state;
    assert_eq!(state, InvoiceState::Failed);
    visit
        .is_told(1, &["invoice:created", "invoice:opened", "invoice:failed"])
        .await;
}

/// The badge beside an invoice's heading.
fn state_badge(name: &str) -> String {
    format!("h1 + .badge.{}", name.to_lowercase())
}
