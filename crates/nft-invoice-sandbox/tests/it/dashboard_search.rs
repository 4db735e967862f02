//! Finding invoices and requests on the dashboard, and its samples.

use nft_invoice_sandbox::{CallbackSink, Sandbox};
use serde_json::json;

use crate::client::{INFOS, create, get, hosted, open, press as submit_page, settle, start};
use crate::dashboard::{look, post, press};
use crate::owner::ask;
use crate::search::sell;

fn rows(page: &str) -> usize {
    page.matches("<a class=\"row\"").count()
}

#[test]
fn finds_invoices_by_reference_email_and_number() {
    let sandbox = start(Sandbox::builder());
    sell(&sandbox, "anna+x@b.example", "order-1");
    sell(&sandbox, "ben@b.example", "order-2");
    press(&sandbox, "/_sbx/invoices/2/transitions", "to=opened");
    for (text, found) in [
        ("order-1", Some(1)),
        ("+ANNA%2Bx@b.example+", Some(1)),
        ("2", Some(2)),
        ("order", None),
    ] {
        let page = press(&sandbox, "/_sbx/search", &format!("search={text}"));
        assert_eq!(rows(&page), usize::from(found.is_some()), "{text}");
        match found {
            Some(id) => assert!(page.contains(&format!("/_sbx/invoices/{id}\"")), "{text}"),
            None => assert!(page.contains("No invoices match"), "{text}"),
        }
    }
    assert_eq!(rows(&press(&sandbox, "/_sbx/search", "search=")), 2);
    let long = format!("search={}", "x".repeat(1001));
    assert_eq!(post(&sandbox, "/_sbx/search", &long).status, 400);
    let page = press(&sandbox, "/_sbx/search", "search=anna%2bX@b.example");
    assert!(
        page.contains("value=\"anna+X@b.example\""),
        "the text is kept"
    );
    assert!(page.contains("href=\"/_sbx?search=anna%2BX%40b.example&amp;status=created\""));
    assert!(page.contains("href=\"/_sbx?search=anna%2BX%40b.example&amp;refresh=5\""));
    assert!(
        !page.contains("status=opened"),
        "an empty filter is offered"
    );
    assert_eq!(
        rows(&look(&sandbox, "/_sbx?search=order-2&status=opened")),
        1
    );
    assert_eq!(
        rows(&look(&sandbox, "/_sbx?search=order-1&status=opened")),
        0
    );
}

#[test]
fn finds_an_invoice_by_its_payment_page_without_repeating_the_token() {
    let sandbox = start(Sandbox::builder());
    sell(&sandbox, "a@b.example", "order-1");
    let page = sell(&sandbox, "a@b.example", "order-2");
    let token = page.rsplit('=').next().unwrap();
    let link = format!("{}{page}", sandbox.base_url());
    for text in [token, &link.replace('?', "%3F").replace('=', "%3D")] {
        let response = post(&sandbox, "/_sbx/search", &format!("search={text}"));
        assert_eq!(
            response.header("location"),
            Some("/_sbx/invoices/2"),
            "{text}"
        );
    }
    let other = start(Sandbox::builder().seed(8));
    for text in [token, &link, "http://127.0.0.1/?token=x"] {
        let response = post(&other, "/_sbx/search", &format!("search={text}"));
        assert_eq!(response.status, 404, "{text}");
        assert!(response.body.contains("No invoice has this payment link"));
        assert!(!response.body.contains(token), "{}", response.body);
    }
    // Not from the form.
    let response = ask(&sandbox, "GET", &format!("/_sbx?search={token}"), &[], "");
    assert_eq!(response.status, 400);
    assert!(!response.body.contains(token), "{}", response.body);
    // A digest is no token.
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    sell(&sandbox, "a@b.example", digest);
    assert_eq!(
        rows(&press(
            &sandbox,
            "/_sbx/search",
            &format!("search={digest}")
        )),
        1
    );
}

#[test]
fn shows_the_reference_wherever_it_shows_an_invoice() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    sell(&sandbox, "a@b.example", "order-7f3a");
    settle(&sandbox);
    for path in [
        "/_sbx",
        "/_sbx/invoices/1",
        "/_sbx/callbacks",
        "/_sbx/callbacks/1",
        "/_sbx/requests",
    ] {
        let page = look(&sandbox, path);
        assert!(page.contains("<code>order-7f3a</code>"), "{path}: {page}");
    }
}

#[test]
fn hides_page_views_among_requests_unless_asked() {
    let sandbox = start(Sandbox::builder());
    let page = sell(&sandbox, "a@b.example", "order-1");
    for _ in 0..60 {
        open(&sandbox, &page);
    }
    submit_page(&sandbox, &page, "cancel", "");
    create(&sandbox, &json!({}));
    get(&sandbox, "/widget/sale/create/?token=x");
    let entries = |page: &str| page.matches("class=\"row entry").count();
    let requests = look(&sandbox, "/_sbx/requests");
    // Two creates, the pressed button and the page that was not found.
    assert_eq!(entries(&requests), 4, "{requests}");
    assert!(requests.contains("Without page views <span class=\"count\">4</span>"));
    assert!(requests.contains("All <span class=\"count\">65</span>"));
    assert!(
        requests.contains("href=\"/_sbx/invoices/1\""),
        "no link to the invoice"
    );
    assert!(
        requests.contains("href=\"/_sbx/requests?outcome=50002\""),
        "no link to the code"
    );
    for (query, count) in [
        ("route=all", 50),
        ("route=all&page=2", 15),
        ("route=checkout", 50),
        ("route=create", 2),
        ("outcome=rejected", 2),
        ("outcome=50002", 1),
        ("outcome=no-response", 0),
        ("invoice=1", 2),
        ("route=all&invoice=1&page=2", 13),
        ("route=create&outcome=accepted&invoice=1", 1),
    ] {
        let page = look(&sandbox, &format!("/_sbx/requests?{query}"));
        assert_eq!(entries(&page), count, "{query}");
    }
    let second = look(&sandbox, "/_sbx/requests?route=all&invoice=1");
    assert!(second.contains("href=\"/_sbx/requests?route=all&amp;invoice=1&amp;page=2\""));
    for query in ["route=nonsense", "outcome=nonsense", "invoice=x"] {
        let page = ask(&sandbox, "GET", &format!("/_sbx/requests?{query}"), &[], "");
        assert_eq!(page.status, 400, "{query}");
    }
    let invoice = look(&sandbox, "/_sbx/invoices/1");
    assert!(invoice.contains("Show all 63"), "{invoice}");
}

#[test]
fn shows_the_create_of_an_invoice_however_often_it_was_read() {
    let faults = Sandbox::builder().faults("create->after.status(503)");
    let sandbox = start(faults.unwrap());
    create(&sandbox, &hosted());
    for _ in 0..7 {
        get(&sandbox, &format!("{INFOS}?id=1"));
    }
    let page = look(&sandbox, "/_sbx/invoices/1");
    assert_eq!(page.matches("GET infos").count(), 5, "{page}");
    assert_eq!(page.matches("POST create").count(), 1, "{page}");
    assert!(page.contains("HTTP 503"), "{page}");
    assert!(page.contains("Show all 8"), "{page}");
}

#[test]
fn shows_settings_to_copy_but_no_secret() {
    let builder = Sandbox::builder()
        .api_key("it's")
        .callback_secret("never-shown");
    let sandbox = start(builder);
    create(&sandbox, &hosted());
    let page = look(&sandbox, "/_sbx/connect");
    for shown in [
        &format!("export NFT_INVOICE_BASE_URL='{}'", sandbox.base_url()),
        r"export NFT_INVOICE_API_KEY='it'\''s'",
        "export NFT_INVOICE_HISTORY_PATH='/api/invoice/history/'",
        "<h2>curl</h2>",
        "<h2>Rust</h2>",
        "<h2>Python</h2>",
        "<h2>Node</h2>",
        "NFT_INVOICE_CALLBACK_SECRET",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let guest = ask(&sandbox, "GET", "/_sbx/connect", &[], "").body;
    assert!(guest.contains("export NFT_INVOICE_API_KEY=…"), "{guest}");
    for page in [page, guest.clone()] {
        assert!(!page.contains("never-shown") && !page.contains(sandbox.admin_token()));
    }
    assert!(!guest.contains("it's") && !guest.contains("it'\\''s"));
}
