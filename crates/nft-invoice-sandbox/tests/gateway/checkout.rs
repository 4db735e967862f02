use nft_invoice_sandbox::{InvoiceState, Sandbox, StartError, TestCard};
use serde_json::{Value, json};

use crate::client::{
    Response, create, get, hosted, nonce, open, page_of, press, s2s, send, start, submit, with,
};
use crate::owner::done;

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
            page.body.replace(' ', "").contains(card.number()),
            "no button for {}",
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
fn keeps_a_rejected_card_in_the_form_and_nowhere_else() {
    let (sandbox, page) = invoice(&hosted());
    let mut activity = sandbox.subscribe();
    let fields = "&card_number=4929+4205+7359+5709&card_expiry=%22%3E%3Cscript%3E&cardholder=Ada+Nobody&card_code=code-987";
    let response = press(&sandbox, &page, "pay", fields);
    assert_eq!(response.status, 422);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body = &response.body;
    for kept in [
        r#"value="4929 4205 7359 5709""#,
        r#"value="&quot;&gt;&lt;script&gt;""#,
        r#"value="Ada Nobody""#,
        r#"id="card_code" inputmode="numeric" autocomplete="off" maxlength="4" value="""#,
    ] {
        assert!(body.contains(kept), "{kept} is not in the form: {body}");
    }
    assert!(!body.contains("<script"), "the expiry is not escaped");
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Opened);

    let mut elsewhere = open(&sandbox, &page).body;
    for path in [
        "/_sbx",
        "/_sbx/requests",
        "/_sbx/invoices/1",
        "/_sbx/api/requests",
    ] {
        elsewhere += &send(&sandbox, "GET", path, &[], "").body;
    }
    for one in activity.drain() {
        elsewhere += &format!("{one} {one:?}");
    }
    for secret in ["4929 4205", "4929420573595709", "code-987", "Nobody"] {
        assert!(!elsewhere.contains(secret), "{secret} is in {elsewhere}");
    }
}

#[test]
fn shows_every_error_beside_its_field() {
    let (sandbox, page) = invoice(&hosted());
    let fields = "&card_number=&card_expiry=12/2024&cardholder=SBX:paid";
    let body = press(&sandbox, &page, "pay", fields).body;
    for (field, message, description) in [
        (
            "card_number",
            "Enter the number of a test card",
            "card_number-error",
        ),
        (
            "card_expiry",
            "Enter an expiry date in the future",
            "card_expiry-hint card_expiry-error",
        ),
        (
            "cardholder",
            "selects the outcome; expected one of PAID",
            "cardholder-error",
        ),
    ] {
        let input = body.split(&format!("<input id=\"{field}\"")).nth(1);
        let input = input.and_then(|rest| rest.split('>').next()).expect(field);
        assert!(
            input.contains("aria-invalid=\"true\"")
                && input.contains(&format!("aria-describedby=\"{description}\"")),
            "{input}"
        );
        assert_eq!(
            input.contains("autofocus"),
            field == "card_number",
            "{input}"
        );
        let error = format!("<p class=\"error\" id=\"{field}-error\">");
        let error = body.split(&error).nth(1).expect("an error");
        assert!(
            error.split('<').next().unwrap().contains(message),
            "{error}"
        );
        assert!(
            body.contains(&format!("<a href=\"#{field}\">")),
            "no link to {field}"
        );
    }
    assert!(body.contains("<title>Error: Checkout"), "{body}");
    let opened = open(&sandbox, &page).body;
    assert!(
        !opened.contains("aria-invalid") && !opened.contains("role=\"alert\""),
        "{opened}"
    );
}

#[test]
fn pays_with_the_card_of_a_button() {
    let named = with(hosted(), json!({ "name": "SBX:LOST" }));
    for (number, state) in [
        ("4111111111111111", InvoiceState::Paid),
        ("4000000000009995", InvoiceState::Failed),
    ] {
        let (sandbox, page) = invoice(&named);
        let body = open(&sandbox, &page).body;
        let (_, form) = body
            .split_once("Select a card to pay with it")
            .expect("the buttons");
        assert!(
            form.contains(&format!(r#"name="card_number" value="{number}""#)),
            "{form}"
        );
        // A browser submits the hidden fields and the button's own.
        let fields: Vec<_> = form
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .map(|input| {
                input
                    .split('>')
                    .next()
                    .unwrap()
                    .replace("\" value=\"", "=")
                    .replace('"', "")
            })
            .collect();
        let fields = format!("{}&card_number={number}", fields.join("&"));
        let response = submit(&sandbox, &page, &fields);
        assert_eq!(response.status, 303, "{fields}: {}", response.body);
        let paid = sandbox.invoices().only();
        assert_eq!(
            paid.state(),
            state,
            "the card decides, not the invoice's name"
        );
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
    let (sandbox, page) = invoice(&with(hosted(), json!({ "amount": 1234567 })));
    let body = open(&sandbox, &page).body;
    assert!(body.contains(">Pay 1,234,567.00 USD<"), "{body}");
    let dashboard = send(&sandbox, "GET", "/_sbx", &[], "").body;
    assert!(dashboard.contains(">1,234,567.00 USD<"), "{dashboard}");
    let status = get(&sandbox, "/api/client-invoice-info/get/?id=1").body;
    assert!(!status.contains("1,234"), "JSON for programs: {status}");
}

/// The links to the shop on the result pages, by what the merchant has sent.
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
        assert!(
            opened.body.contains("Visa ending in 3184"),
            "{}",
            opened.body
        );
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
