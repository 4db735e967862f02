use nft_invoice_sandbox::{InvoiceState, Reason, Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{
    Response, create, hosted, nonce, open, page_of, press, s2s, send, start, submit, with,
};

/// A sandbox with one invoice, and the path of its page.
pub fn invoice(body: &Value) -> (Sandbox, String) {
    let sandbox = start(Sandbox::builder());
    let response = create(&sandbox, body);
    let page = page_of(&sandbox, &response);
    (sandbox, page)
}

pub fn with_urls() -> Value {
    with(
        hosted(),
        json!({
            "success_url": "https://shop.example/ok?a=1&b=2", "failure_url": "https://shop.example/bad",
            "cancel_url": "http://127.0.0.1:3000/back", "pending_url": "https://shop.example/wait",
        }),
    )
}

pub fn pay(sandbox: &Sandbox, page: &str, number: &str) -> Response {
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
        sandbox.invoices().only().state,
        InvoiceState::Created,
        "after HEAD"
    );
    let first = open(&sandbox, &page);
    assert_eq!(
        sandbox.invoices().only().state,
        InvoiceState::Opened,
        "after GET"
    );
    let second = open(&sandbox, &page);
    assert_eq!(first.body, second.body, "a repeat shows the same page");
    let opened = events
        .try_iter()
        .filter(|one| one.to_string().contains("OPENED"));
    assert_eq!(opened.count(), 1, "opened more than once");
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
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Opened);

    let mut elsewhere = open(&sandbox, &page).body;
    for path in [
        "/_sbx",
        "/_sbx/requests",
        "/_sbx/invoices/1",
        "/_sbx/api/requests",
    ] {
        elsewhere += &send(&sandbox, "GET", path, &[], "").body;
    }
    for one in activity.try_iter() {
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
            paid.state, state,
            "the card decides, not the invoice's name"
        );
    }
}

/// The links to the shop on the result pages, by what the merchant has sent.
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
        assert_eq!(sandbox.invoices().only().state, state, "{action}");

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
        assert_eq!(sandbox.invoices().only().state, state, "{action}");
    }
}

#[test]
fn ignores_return_urls_that_are_not_web_urls() {
    for url in [
        "javascript:alert(1)",
        "/back",
        "shop.example",
        "https://",
        "https://shop.example:65536/",
        "https://a;script-src/",
        "https://a'b/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shöp.example/",
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
fn lets_the_page_redirect_to_the_origins_of_web_urls() {
    for (url, origin) in [
        (
            "https://shop.example/thanks?a=1&b=2",
            "https://shop.example",
        ),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("https://user@shop.example:444/", "https://shop.example:444"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ] {
        let (sandbox, page) = invoice(&with(hosted(), json!({ "success_url": url })));
        let policy = open(&sandbox, &page);
        let policy = policy.header("content-security-policy").unwrap();
        let end = format!("form-action 'self' {origin}");
        assert!(policy.ends_with(&end), "{origin} is not in {policy}");
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
            sandbox.invoices().only().state,
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
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Opened);
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
        let (number, meaning) = (card.number, card.description());
        let (sandbox, page) = invoice(&hosted());
        let response = pay(&sandbox, &page, number);
        assert_eq!(response.status, 303, "{number} ({meaning})");
        if card.requires_challenge() {
            let waiting = sandbox.invoices().only();
            assert_eq!(
                waiting.state,
                InvoiceState::Opened,
                "{number} before its challenge"
            );
            assert!(waiting.is_challenged(), "{number} ({meaning})");
            press(&sandbox, &page, "complete", "");
        }
        let invoice = sandbox.invoices().only();
        assert_eq!(
            invoice.state,
            card.resulting_state(),
            "{number} ({meaning})"
        );
        assert_eq!(
            invoice.card.as_ref().unwrap().brand(),
            card.brand,
            "{number}"
        );
        assert!(!invoice.is_challenged(), "{number} is still challenged");
    }
}

#[test]
fn completes_fails_or_abandons_an_s2s_challenge() {
    use InvoiceState::{Failed, Opened, Paid};
    for (action, state) in [("complete", Paid), ("fail", Failed), ("cancel", Opened)] {
        let (sandbox, page) = invoice(&s2s("4000002760003184"));
        let opened = open(&sandbox, &page);
        assert_eq!(sandbox.invoices().only().state, Opened, "after GET");
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
        assert_eq!(sandbox.invoices().only().state, state, "{action}");
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
fn the_headless_checkout_pays_in_the_cardholder_s_name() {
    let sandbox = start(Sandbox::builder());
    let mut order = hosted();
    order["name"] = "SBX:FUNDS".into();
    create(&sandbox, &order);
    let checkout = sandbox.invoices().only().checkout();
    let paid = checkout.pay(TestCard::PAID).wait().unwrap();
    assert_eq!(paid.state, InvoiceState::Failed);
}

#[test]
fn an_invoice_moved_to_failed_was_declined() {
    for force in [false, true] {
        let (sandbox, page) = invoice(&hosted());
        open(&sandbox, &page);
        let handle = sandbox.invoices().only();
        let moved = match force {
            false => handle.move_to(InvoiceState::Failed),
            true => handle.force_to(InvoiceState::Failed),
        };
        moved.unwrap();
        let reason = sandbox.invoices().only().failure_reason;
        assert_eq!(reason, Some(Reason::Declined));
    }
}
