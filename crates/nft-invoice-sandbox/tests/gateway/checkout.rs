use nft_invoice_sandbox::{InvoiceState, Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{
    Response, create, get, hosted, nonce, open, page_of, press, s2s, send, start, submit, with,
};

/// A sandbox with one invoice, and the path of its page.
fn invoice(body: &Value) -> (Sandbox, String) {
    let sandbox = start(Sandbox::builder());
    let response = create(&sandbox, body);
    let page = page_of(&sandbox, &response);
    (sandbox, page)
}

fn with_urls() -> Value {
    with(
        hosted(),
        json!({
            "success_url": "https://shop.example/ok?a=1&b=2", "failure_url": "https://shop.example/bad",
            "cancel_url": "http://127.0.0.1:3000/back", "pending_url": "https://shop.example/wait",
        }),
    )
}

fn pay(sandbox: &Sandbox, page: &str, number: &str) -> Response {
    press(
        sandbox,
        page,
        "pay",
        &format!("&card_number={number}&card_expiry=12/2030"),
    )
}

#[test]
fn opens_the_invoice_on_the_first_get_but_not_on_head() {
    let (sandbox, page) = invoice(&hosted());
    let mut events = sandbox.subscribe();
    let head = send(&sandbox, "HEAD", &page, &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        sandbox.invoices().only().state(),
        InvoiceState::Created,
        "after HEAD"
    );
    let first = open(&sandbox, &page);
    assert_eq!(
        sandbox.invoices().only().state(),
        InvoiceState::Opened,
        "after GET"
    );
    let second = open(&sandbox, &page);
    assert_eq!(first.body, second.body, "a repeat shows the same page");
    let opened = events
        .drain()
        .into_iter()
        .filter(|one| one.to_string().contains("OPENED"));
    assert_eq!(opened.count(), 1, "opened more than once");
}

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
        r#"<label for="card_number""#,
        r#"<html lang="en">"#,
        r#"sandbox time <time datetime="2025-01-01T00:00:00Z">2025-01-01 00:00:00 UTC</time>"#,
    ] {
        assert!(
            page.body.contains(text),
            "{text} is not on the page: {}",
            page.body
        );
    }
    for card in TestCard::all() {
        assert!(
            page.body.replace(' ', "").contains(card.number()),
            "the table does not list {}",
            card.number()
        );
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
fn escapes_input_and_does_not_show_a_rejected_card_number() {
    let (sandbox, page) = invoice(&hosted());
    let fields = "&card_number=4929420573595709&card_expiry=%22%3E%3Cscript%3E";
    let response = press(&sandbox, &page, "pay", fields);
    assert_eq!(response.status, 422);
    assert!(
        response.body.contains("test cards"),
        "no hint: {}",
        response.body
    );
    assert!(
        response.body.contains("&quot;&gt;&lt;script&gt;"),
        "the expiry is lost"
    );
    assert!(
        !response.body.contains("<script"),
        "the expiry is not escaped"
    );
    assert!(
        !response.body.contains("4929420573595709"),
        "the number is shown again"
    );
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Opened);
}

#[test]
fn rejects_an_expired_card() {
    let (sandbox, page) = invoice(&hosted());
    let fields = "&card_number=4242424242424242&card_expiry=12/2024";
    let response = press(&sandbox, &page, "pay", fields);
    assert_eq!(response.status, 422);
    assert!(
        response.body.contains("Enter an expiry date in the future"),
        "{}",
        response.body
    );
}

#[test]
fn redirects_each_button_to_its_url() {
    use InvoiceState::{AwaitingApproval, Failed, Opened, Paid};
    for (action, state, url, local) in [
        (
            "pay",
            Paid,
            "https://shop.example/ok?a=1&b=2",
            "Payment received",
        ),
        (
            "decline",
            Failed,
            "https://shop.example/bad",
            "Payment failed",
        ),
        (
            "cancel",
            Opened,
            "http://127.0.0.1:3000/back",
            "You cancelled",
        ),
        (
            "pending",
            AwaitingApproval,
            "https://shop.example/wait",
            "awaiting approval",
        ),
    ] {
        let card = "&card_number=4242+4242+4242+4242&card_expiry=12/2030";
        let (sandbox, page) = invoice(&with_urls());
        let response = press(&sandbox, &page, action, card);
        assert_eq!(
            (response.status, response.header("location")),
            (303, Some(url)),
            "{action}"
        );
        assert_eq!(sandbox.invoices().only().state(), state, "{action}");

        // Without the merchant's URLs the page itself shows the result.
        let (sandbox, page) = invoice(&hosted());
        let response = press(&sandbox, &page, action, card);
        let own = format!("{}{page}", sandbox.base_url());
        assert_eq!(
            (response.status, response.header("location")),
            (303, Some(own.as_str())),
            "{action}"
        );
        let result = open(&sandbox, &page);
        assert!(
            result.body.contains(local),
            "{action} shows {}",
            result.body
        );
        assert_eq!(sandbox.invoices().only().state(), state, "{action}");
    }
}

#[test]
fn ignores_return_urls_that_are_not_web_urls() {
    for url in [
        "javascript:alert(1)",
        "/back",
        "https://a;script-src/",
        "ftp://a.example/",
    ] {
        let (sandbox, page) = invoice(&with(hosted(), json!({ "success_url": url })));
        let response = pay(&sandbox, &page, "4242424242424242");
        let own = format!("{}{page}", sandbox.base_url());
        assert_eq!(response.header("location"), Some(own.as_str()), "{url}");
        let result = open(&sandbox, &page);
        assert!(!result.body.contains("Back to the shop"), "{url} is linked");
        let policy = result.header("content-security-policy").unwrap();
        assert!(
            policy.ends_with("form-action 'self'"),
            "{url} is in {policy}"
        );
    }
}

#[test]
fn returns_the_first_result_for_a_second_submission() {
    let (sandbox, page) = invoice(&with_urls());
    let opened = open(&sandbox, &page);
    let nonce = nonce(&opened).to_owned();
    let send = |action: &str| {
        let card = "card_number=4242424242424242&card_expiry=12/2030";
        submit(
            &sandbox,
            &page,
            &format!("nonce={nonce}&action={action}&{card}"),
        )
    };
    for action in ["pay", "pay", "decline", "cancel"] {
        let response = send(action);
        assert_eq!(
            response.header("location"),
            Some("https://shop.example/ok?a=1&b=2"),
            "{action}"
        );
        assert_eq!(
            sandbox.invoices().only().state(),
            InvoiceState::Paid,
            "{action}"
        );
    }
}

#[test]
fn rejects_a_form_without_the_pages_nonce() {
    let (sandbox, page) = invoice(&hosted());
    open(&sandbox, &page);
    for (fields, status) in [
        ("nonce=guess&action=decline", 403),
        ("nonce=&action=decline", 403),
        ("action=decline", 400),
        ("", 400),
    ] {
        assert_eq!(submit(&sandbox, &page, fields).status, status, "{fields:?}");
    }
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Opened);
    let unknown = press(&sandbox, &page, "give-it-away", "");
    assert_eq!(unknown.status, 422, "an unknown button");
}

#[test]
fn returns_404_for_an_unknown_token() {
    let (sandbox, _) = invoice(&hosted());
    for target in ["/widget/sale/create/", "/widget/sale/create/?token=0000"] {
        assert_eq!(
            send(&sandbox, "GET", target, &[], "").status,
            404,
            "{target}"
        );
        assert_eq!(
            submit(&sandbox, target, "nonce=a&action=pay").status,
            404,
            "{target}"
        );
    }
}

#[test]
fn charges_every_test_card_as_documented() {
    for card in TestCard::all() {
        let (number, meaning) = (card.number(), card.description());
        let (sandbox, page) = invoice(&hosted());
        let response = pay(&sandbox, &page, number);
        assert_eq!(response.status, 303, "{number} ({meaning})");
        if card.requires_challenge() {
            let waiting = sandbox.invoices().only();
            assert_eq!(
                waiting.state(),
                InvoiceState::Opened,
                "{number} before its challenge"
            );
            assert!(waiting.is_challenged(), "{number} ({meaning})");
            press(&sandbox, &page, "complete", "");
        }
        let invoice = sandbox.invoices().only();
        assert_eq!(
            invoice.state(),
            card.resulting_state(),
            "{number} ({meaning})"
        );
        assert_eq!(invoice.card().unwrap().brand(), card.brand(), "{number}");
        assert!(!invoice.is_challenged(), "{number} is still challenged");
    }
}

#[test]
fn completes_fails_or_abandons_an_s2s_challenge() {
    use InvoiceState::{Failed, Opened, Paid};
    for (action, state) in [("complete", Paid), ("fail", Failed), ("cancel", Opened)] {
        let (sandbox, page) = invoice(&s2s("4000002760003184"));
        let opened = open(&sandbox, &page);
        assert_eq!(sandbox.invoices().only().state(), Opened, "after GET");
        assert!(opened.body.contains("400000******3184"), "{}", opened.body);
        assert!(
            !opened.body.contains("card_number"),
            "a card form on the challenge's page"
        );
        press(&sandbox, &page, action, "");
        assert_eq!(sandbox.invoices().only().state(), state, "{action}");
    }
}

#[test]
fn rejects_another_card_while_a_challenge_is_pending() {
    let (sandbox, page) = invoice(&s2s("4000002760003184"));
    assert_eq!(pay(&sandbox, &page, "4242424242424242").status, 422);
    assert!(
        sandbox.invoices().only().is_challenged(),
        "the challenge is gone"
    );
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
