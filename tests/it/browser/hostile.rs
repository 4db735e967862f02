use nft_invoice_sandbox::TestCard;
use serde_json::{Value, json};

use super::visit::Visit;

const PAYLOADS: [&str; 2] = [
    "<script>alert(1)</script>",
    r#""><img src=x onerror=alert(1)>"#,
];

/// The text members of a create that take any text.
const TEXTS: [&str; 15] = [
    "name",
    "address1",
    "address2",
    "city",
    "country",
    "postcode",
    "date_of_birth",
    "customer_ip",
    "phone",
    "nftDescription",
    "checkoutMode",
    "success_url",
    "failure_url",
    "cancel_url",
    "pending_url",
];

fn order(visit: &Visit, payload: &str) -> Value {
    let mut order = visit.shop.order();
    for member in TEXTS {
        order[member] = payload.into();
    }
    // As near as a checked field lets it come.
    order["email"] = format!("{}@shop.example", payload.replace(' ', "/")).into();
    order["callbackJson"] = json!({ payload: payload });
    order["ipfsMetadata"] = json!({"name": payload, "attributes": {payload: payload}});
    order["nftImageUrls"] = visit.shop.url(&format!("/{payload}")).into();
    order
}

async fn nothing_is_injected(visit: &Visit, page: &str) {
    let alert = visit.browser.get_alert_text().await;
    let none = alert.as_ref().is_err_and(|error| error.is_no_such_alert());
    assert!(none, "{page} opens a dialog: {alert:?}");
    for selector in ["script", "[onerror]", "img:not(.art > img)"] {
        let injected = visit.browser.count(selector).await;
        assert_eq!(injected, 0, "{selector} was injected into {page}");
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn html_in_an_invoice_is_shown_as_text() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    for payload in PAYLOADS {
        for member in ["amount", "devise"] {
            let mut order = visit.shop.order();
            order[member] = payload.into();
            let answer = visit.asks(&order);
            assert_ne!(answer["errorCode"], 0, "{member} is no text: {answer}");
        }
        let answer = visit.asks(&order(&visit, payload));
        assert_eq!(answer["errorCode"], 0, "the order is taken: {answer}");
        let url = answer["redirectUrl"].as_str().expect("a page");

        browser.open(url).await;
        nothing_is_injected(&visit, "the payment page").await;
        assert_eq!(browser.text("h1").await, payload);
        assert_eq!(browser.text(".description").await, payload);
        assert_eq!(
            browser.text(".attributes").await,
            format!("{payload}\n{payload}")
        );
        let facts = browser.text(".order .facts").await;
        assert!(
            facts.contains(&payload.replace(' ', "/")),
            "the e-mail address: {facts}"
        );
        let picture = browser.find(".art img").await;
        let alt = picture.attr("alt").await.expect("an attribute");
        assert_eq!(alt, Some(format!("Picture of {payload}")));
        let cardholder = browser.find("#cardholder").await;
        let value = cardholder.prop("value").await.expect("a property");
        assert_eq!(value.as_deref(), Some(payload));

        // What the customer writes comes back when the form is refused.
        visit.enters("4111111111111112").await;
        cardholder
            .send_keys(payload)
            .await
            .expect("it can be written to");
        visit.presses("pay").await;
        browser.find("[role=alert]").await;
        nothing_is_injected(&visit, "a refused form").await;
        let cardholder = browser.find("#cardholder").await;
        let value = cardholder.prop("value").await.expect("a property");
        assert_eq!(value, Some(payload.repeat(2)));

        visit.enters(TestCard::CHALLENGE.number).await;
        visit.presses("pay").await;
        browser.find("#challenge").await;
        nothing_is_injected(&visit, "the challenge").await;
        visit.presses("complete").await;
        assert_eq!(browser.text("#result").await, "Payment received");
        nothing_is_injected(&visit, "the result").await;
        assert_eq!(
            browser.count("main a").await,
            0,
            "no link to what is no web URL"
        );
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_javascript_return_url_is_neither_followed_nor_linked() {
    let visit = Visit::start().await;
    let mut order = visit.shop.order();
    for member in ["success_url", "failure_url", "cancel_url", "pending_url"] {
        order[member] = "javascript:alert(1)".into();
    }
    order["nftImageUrls"] = "javascript:alert(1)".into();
    let answer = visit.asks(&order);
    let url = answer["redirectUrl"].as_str().expect("a page");
    visit.browser.open(url).await;
    assert_eq!(visit.browser.count("img").await, 0);
    visit.presses("pay").await;
    assert_eq!(visit.browser.text("#result").await, "Payment received");
    nothing_is_injected(&visit, "the result").await;
    assert_eq!(visit.browser.count("main a").await, 0);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_unknown_token_is_not_shown_on_the_error_page() {
    let visit = Visit::start().await;
    for payload in PAYLOADS {
        let url = visit.url(&format!("/widget/sale/create/?token={payload}"));
        visit.browser.open(&url).await;
        assert_eq!(visit.browser.text("h1").await, "Invoice not found");
        nothing_is_injected(&visit, "the error page").await;
    }
}
