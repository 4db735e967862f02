//! What the checkout page shows.

use std::collections::HashSet;

use nft_invoice_sandbox::{InvoiceState, Sandbox, StartError, TestCard};
use serde_json::{Value, json};

use crate::checkout::{invoice, pay, with_urls};
use crate::client::{create, get, hosted, open, page_of, press, send, start, with};
use crate::owner::done;

#[test]
fn shows_the_sale_and_forbids_scripts() {
    let sale = json!({
        "nftImageUrls": ["https://nft.example/1.png"], "nftDescription": "A cat",
        "ipfsMetadata": r#"{"name":"My NFT"}"#,
    });
    let (sandbox, page) = invoice(&with(with_urls(), sale));
    let page = open(&sandbox, &page);
    for text in [
        "My NFT",
        "A cat",
        r#"src="https://nft.example/1.png""#,
        "15.40 USD",
        "no money moves",
        ">Pay 15.40 USD<",
        ">Decline",
        ">Cancel",
        ">Pending",
        r#"value="4242 4242 4242 4242""#,
        // As printed on the cards.
        "3782 822463 10005",
        "3056 930902 5904",
        r#"<label for="card_number""#,
        r#"<html lang="en">"#,
        r#"Sandbox time: <time datetime="2025-01-01T00:00:00Z">2025-01-01 00:00:00 UTC</time>"#,
    ] {
        assert!(
            page.body.contains(text),
            "{text} is not on the page: {}",
            page.body
        );
    }
    for card in TestCard::all() {
        assert!(
            page.body.replace(' ', "").contains(card.number),
            "no button for {}",
            card.number
        );
        let button = format!("name=\"card_number\" value=\"{}\"", card.number);
        assert_eq!(page.body.matches(&button).count(), 1, "{button}");
    }
    assert!(
        !page.body.contains("<script") && !page.body.contains("style="),
        "inline code"
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; img-src http: https: data:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' http://127.0.0.1:3000 https://shop.example"
    );
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let style = send(&sandbox, "GET", "/widget/sale/style.css", &[], "");
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[test]
fn escapes_every_field() {
    let evil = r#""><script>alert(1)</script>"#;
    for field in [
        "nftDescription",
        "nftImageUrls",
        "ipfsMetadata",
        "email",
        "success_url",
        "failure_url",
        "cancel_url",
        "pending_url",
        "name",
        "callbackJson",
    ] {
        let value = match field {
            "ipfsMetadata" => json!({ "name": evil }),
            "nftImageUrls" => json!(format!("https://nft.example/{evil}")),
            "email" => json!(format!("{evil}@b.example")),
            name if name.ends_with("_url") => json!(format!("https://shop.example/{evil}")),
            _ => json!(evil),
        };
        let mut body = hosted();
        body[field] = value;
        let (sandbox, page) = invoice(&body);
        let opened = open(&sandbox, &page);
        pay(&sandbox, &page, "4242424242424242");
        let result = open(&sandbox, &page);
        for shown in [&opened.body, &result.body] {
            assert!(
                !shown.contains("<script"),
                "{field} is not escaped: {shown}"
            );
        }
        if matches!(
            field,
            "nftDescription" | "nftImageUrls" | "ipfsMetadata" | "email"
        ) {
            assert!(
                opened.body.contains("&lt;script&gt;"),
                "{field} is not shown"
            );
        }
    }
}

#[test]
fn shows_every_picture_and_attribute() {
    let (sandbox, page) = invoice(&with(
        hosted(),
        json!({
            "nftImageUrls": ["https://nft.example/1.png", "ipfs://bafy/2.png", "https://nft.example/3.png", "ar://4"],
            "ipfsMetadata": {
                "name": "My NFT", "description": "From the metadata", "artist": "Ada",
                "attributes": [{"trait_type": "sky", "value": "dawn"}, {"trait_type": "number", "value": 7}],
            },
        }),
    ));
    let body = open(&sandbox, &page).body;
    for shown in [
        r#"src="https://nft.example/1.png" alt="Picture of My NFT""#,
        r#"aria-label="Picture 2 of My NFT: Stored on IPFS""#,
        r#"src="https://nft.example/3.png" alt="Picture 3 of My NFT""#,
        r#"aria-label="Picture 4 of My NFT: No preview""#,
        "From the metadata",
        r#"<dt dir="auto">sky</dt><dd dir="auto">dawn</dd>"#,
        r#"<dt dir="auto">number</dt><dd dir="auto">7</dd>"#,
        r#"<dt dir="auto">artist</dt><dd dir="auto">Ada</dd>"#,
    ] {
        assert!(body.contains(shown), "{shown} is not on {body}");
    }
}

#[test]
fn reads_pictures_and_attributes_in_every_form() {
    let page = |fields: Value| {
        let (sandbox, page) = invoice(&with(hosted(), fields));
        open(&sandbox, &page).body
    };
    for (images, shown) in [
        (
            json!("https://a.example/1.png"),
            &["https://a.example/1.png"][..],
        ),
        (
            json!([null, " ", 7, "https://a.example/2"]),
            &["https://a.example/2"],
        ),
        (json!(["javascript:alert(1)"]), &[]),
        (json!({}), &[]),
        (json!(7), &[]),
    ] {
        let body = page(json!({ "nftImageUrls": images }));
        let sources = body.split("<img src=\"").skip(1);
        let sources: Vec<_> = sources.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(sources, shown, "{images}");
    }
    for (metadata, shown) in [
        (
            r#"{"attributes":[{"trait_type":"number","value":7.50},"rare"]}"#,
            &[("number", "7.50"), ("Attribute", "rare")][..],
        ),
        (
            r#"{"attributes":{"power":10,"colour":"black"}}"#,
            &[("power", "10"), ("colour", "black")],
        ),
        (
            r#"{"name":"N","image":"ipfs://x","artist":"Ada","edition":{"of":50},"none":null}"#,
            &[("artist", "Ada"), ("edition", "{&quot;of&quot;:50}")],
        ),
        (r#"{"attributes":"dawn"}"#, &[]),
        (r#"{"attributes":[{"trait_type":"sky"},null]}"#, &[]),
        ("not JSON", &[]),
    ] {
        let body = page(json!({ "ipfsMetadata": metadata }));
        let expected: String = shown
            .iter()
            .map(|(name, value)| {
                format!("<div><dt dir=\"auto\">{name}</dt><dd dir=\"auto\">{value}</dd></div>")
            })
            .collect();
        let found = body.split_once("<dl class=\"attributes\">");
        let found = found.and_then(|(_, rest)| rest.split("</dl>").next());
        assert_eq!(found.unwrap_or_default(), expected, "{metadata}");
    }
}

#[test]
fn bounds_the_pictures_and_attributes_on_the_page() {
    let attributes: Vec<_> = (0..5000)
        .map(|n| json!({ "trait_type": n, "value": "x".repeat(20) }))
        .collect();
    let pictures = vec!["https://nft.example/1.png"; 5000];
    let metadata =
        json!({ "name": "N".repeat(5000), "attributes": attributes, "long": "y".repeat(5000) });
    let (sandbox, page) = invoice(&with(
        hosted(),
        json!({ "nftImageUrls": pictures, "ipfsMetadata": metadata }),
    ));
    let body = open(&sandbox, &page).body;
    assert_eq!(body.matches("<img ").count(), 100);
    assert!(body.contains("More pictures (4999)") && body.contains("Attributes (5001)"));
    assert!(body.contains("And 4900 more.") && body.contains("And 4901 more."));
    assert!(body.len() < 100_000, "the page has {} bytes", body.len());
}

#[test]
fn shows_the_merchants_name() {
    let sandbox = start(Sandbox::builder().merchant_name("Ada & Sons"));
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    assert!(open(&sandbox, &page).body.contains(">Ada &amp; Sons<"));
    let renamed = json!({ "merchant_name": "Ada & Daughters" });
    done(&sandbox, "PATCH", "/config", &renamed);
    assert!(open(&sandbox, &page).body.contains(">Ada &amp; Daughters<"));
    for name in ["", " ", "a\nb", &"a".repeat(101)] {
        let error = Sandbox::builder()
            .merchant_name(name)
            .start_blocking()
            .unwrap_err();
        assert!(
            matches!(error, StartError::MerchantName),
            "{name:?}: {error}"
        );
    }
}

#[test]
fn groups_the_thousands_of_an_amount() {
    for (amount, shown) in [
        ("0.5", "0.50"),
        ("999", "999.00"),
        ("1250", "1,250.00"),
        ("20000", "20,000.00"),
        ("999999999999.99", "999,999,999,999.99"),
    ] {
        let (sandbox, page) = invoice(&with(hosted(), json!({ "amount": amount })));
        let body = open(&sandbox, &page).body;
        assert!(body.contains(&format!(">Pay {shown} USD<")), "{body}");
        let dashboard = send(&sandbox, "GET", "/_sbx", &[], "").body;
        let price = format!(">{shown} USD<");
        assert!(dashboard.contains(&price), "{dashboard}");
        let status = get(&sandbox, "/api/client-invoice-info/get/?id=1").body;
        assert!(!status.contains(shown), "JSON for programs: {status}");
    }
}

#[test]
fn links_every_result_back_to_the_shop() {
    use InvoiceState::{AwaitingApproval, Chargeback, Expired, Failed, Paid, Withheld};
    let only = |name: &str| {
        let mut body = with_urls();
        for url in ["success_url", "failure_url", "cancel_url", "pending_url"] {
            if !name.is_empty() && url != name {
                body[url] = Value::Null;
            }
        }
        body
    };
    let (ok, bad) = (
        "https://shop.example/ok?a=1&amp;b=2",
        "https://shop.example/bad",
    );
    let (back, wait) = ("http://127.0.0.1:3000/back", "https://shop.example/wait");
    for (state, urls, link) in [
        (Paid, "", Some(ok)),
        (Failed, "", Some(bad)),
        (Failed, "cancel_url", Some(back)),
        (Failed, "success_url", None),
        (Expired, "", Some(back)),
        (Expired, "failure_url", Some(bad)),
        (AwaitingApproval, "", Some(wait)),
        (AwaitingApproval, "success_url", None),
        (Withheld, "", Some(wait)),
        (Withheld, "success_url", Some(ok)),
        (Chargeback, "", Some(bad)),
        (Chargeback, "success_url", None),
    ] {
        let (sandbox, page) = invoice(&only(urls));
        sandbox.invoices().only().force_to(state).unwrap();
        let body = open(&sandbox, &page).body;
        let expected = link.map(|url| format!(r#"href="{url}">Back to the shop</a>"#));
        match expected {
            Some(link) => assert!(body.contains(&link), "{state} with {urls:?}: {body}"),
            None => assert!(
                !body.contains("Back to the shop"),
                "{state} with {urls:?}: {body}"
            ),
        }
    }
    let (sandbox, page) = invoice(&with_urls());
    press(&sandbox, &page, "cancel", "");
    let body = open(&sandbox, &page).body;
    assert!(
        body.contains(&format!(r#"href="{back}">Back to the shop</a>"#)),
        "{body}"
    );
}

#[test]
fn shows_a_distinct_result_for_every_closed_status() {
    let mut titles = HashSet::new();
    for state in InvoiceState::ALL.into_iter().skip(2) {
        let (sandbox, page) = invoice(&hosted());
        sandbox.invoices().only().force_to(state).unwrap();
        let body = open(&sandbox, &page).body;
        let (_, title) = body.split_once("<h2 id=\"result\">").expect("a result");
        assert!(
            titles.insert(title.split('<').next().unwrap().to_owned()),
            "{state}"
        );
    }
}

#[test]
fn shows_no_form_for_a_closed_invoice() {
    let (sandbox, page) = invoice(&hosted());
    pay(&sandbox, &page, "4242424242424242");
    let result = open(&sandbox, &page);
    assert!(!result.body.contains("<form"), "{}", result.body);
    let status = get(&sandbox, "/api/invoice/status/?id=1").json();
    assert_eq!(status["invoice"]["status"], "invoice:paid");
}
