use std::net::IpAddr;

use nft_invoice_sandbox::{InvoiceState, Mode, Outcome, Route, Sandbox, SandboxBuilder, TestCard};
use serde_json::{Value, json};

use crate::client::{CREATE, create, create_text, hosted, s2s, send, start, with};

const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// One error per row, in the order of the checks. Errors of the same `group` exclude each other.
struct Fault {
    code: u64,
    group: &'static str,
    message: &'static str,
    account: fn(SandboxBuilder) -> SandboxBuilder,
    key: Option<&'static str>,
    members: fn() -> Value,
}

impl Fault {
    const fn new(code: u64, group: &'static str, message: &'static str) -> Self {
        Self {
            code,
            group,
            message,
            account: |builder| builder,
            key: Some("sandbox-key"),
            members: || json!({}),
        }
    }
}

fn faults() -> Vec<Fault> {
    let row = Fault::new;
    vec![
        Fault {
            key: None,
            ..row(50001, "key", "API-KEY required")
        },
        Fault {
            key: Some("wrong"),
            ..row(50007, "key", "invalid API-KEY")
        },
        Fault {
            account: |builder| builder.allowed_ips([]),
            ..row(50010, "ip", "no IP is linked to the account")
        },
        Fault {
            account: |builder| builder.allowed_ips([ELSEWHERE]),
            ..row(50006, "ip", "can not use this API from this IP address")
        },
        Fault {
            account: |builder| builder.wallet_active(false),
            ..row(50008, "wallet", "wallet is still being validated")
        },
        Fault {
            members: || json!({ "email": null }),
            ..row(50002, "email", "email required")
        },
        Fault {
            members: || json!({ "email": "nobody" }),
            ..row(50005, "email", "invalid email address")
        },
        Fault {
            members: || json!({ "amount": null }),
            ..row(50003, "amount", "amount required")
        },
        Fault {
            members: || json!({ "devise": null }),
            ..row(50004, "devise", "devise required")
        },
        Fault {
            members: || json!({ "devise": "EUR" }),
            ..row(50009, "devise", "invalid devise")
        },
        Fault {
            members: || json!({ "amount": "0.99" }),
            ..row(50012, "amount", "below the allowed minimum")
        },
        Fault {
            members: || json!({ "amount": "5000.01" }),
            ..row(50011, "amount", "above the allowed maximum")
        },
        Fault {
            members: || json!({ "phone": null, "address2": " " }),
            ..row(59003, "missing", "missing: address2, phone")
        },
        Fault {
            members: || json!({ "card_number": "4929420573595709" }),
            ..row(59001, "card", "use a test card")
        },
        Fault {
            members: || json!({ "card_expiry_date": "12/2024" }),
            ..row(59002, "expiry", "expired")
        },
    ]
}

/// The response to an S2S create with all of `faults`.
fn answer_to(faults: &[&Fault]) -> (u64, String) {
    let mut builder = Sandbox::builder().amount_limits("1", "5000");
    let mut body = s2s("4242424242424242");
    let mut key = Some("sandbox-key");
    for fault in faults {
        builder = (fault.account)(builder);
        body = with(body, (fault.members)());
        if fault.group == "key" {
            key = fault.key;
        }
    }
    let sandbox = start(builder);
    let headers: Vec<_> = key.map(|key| ("API-KEY", key)).into_iter().collect();
    let response = send(&sandbox, "POST", CREATE, &headers, &body.to_string());
    assert_eq!(response.status, 200, "a refusal has HTTP 200 by default");
    let json = response.json();
    if response.code() != 0 {
        assert!(sandbox.invoices().is_empty(), "{json} left an invoice");
        let members: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["errorCode", "errorMessage"], "fields of an error");
    }
    let message = json["errorMessage"].as_str().unwrap_or_default();
    (response.code(), message.to_owned())
}

#[test]
fn returns_every_documented_error() {
    assert_eq!(answer_to(&[]).0, 0, "the invoice without a fault");
    for fault in faults() {
        let (code, message) = answer_to(&[&fault]);
        assert_eq!(code, fault.code, "code for {}", fault.message);
        assert!(
            message.contains(fault.message),
            "{code} says {message:?}, not {:?}",
            fault.message
        );
    }
}

#[test]
fn returns_the_first_of_several_errors() {
    let faults = faults();
    for first in 0..faults.len() {
        let mut groups = Vec::new();
        let mut several = Vec::new();
        for fault in &faults[first..] {
            if !groups.contains(&fault.group) {
                groups.push(fault.group);
                several.push(fault);
            }
        }
        let codes: Vec<_> = several.iter().map(|fault| fault.code).collect();
        let (code, _) = answer_to(&several);
        assert_eq!(code, faults[first].code, "response to all of {codes:?}");
    }
}

#[test]
fn treats_null_and_blank_fields_as_missing() {
    let sandbox = start(Sandbox::builder());
    for (name, code) in [("email", 50002), ("amount", 50003), ("devise", 50004)] {
        for value in ["null", r#""""#, r#""  ""#] {
            let mut body = hosted();
            body[name] = serde_json::from_str(value).unwrap();
            assert_eq!(create(&sandbox, &body).code(), code, "{name} is {value}");
        }
    }
}

#[test]
fn checks_emails_and_amounts_at_the_limits() {
    let sandbox = start(Sandbox::builder().amount_limits("1", "5000"));
    for (email, code) in [
        ("a@b", 0),
        ("ü@b.example", 0),
        ("a b@c", 50005),
        ("@b", 50005),
        ("a@", 50005),
        ("a@b@c", 50005),
    ] {
        let body = with(hosted(), json!({ "email": email }));
        assert_eq!(create(&sandbox, &body).code(), code, "email {email}");
    }
    for (amount, code) in [
        (r#""1""#, 0),
        ("1", 0),
        ("5000.00", 0),
        (r#""5000""#, 0),
        ("0.99", 50012),
        ("0", 50012),
        ("5000.01", 50011),
        ("1e2", 50003),
        ("-5", 50003),
        (r#""+5""#, 50003),
        (r#""1,50""#, 50003),
        (r#""1_0""#, 50003),
        (r#"" 1""#, 50003),
        (r#"".5""#, 50003),
        (r#""1.""#, 50003),
        (r#"".""#, 50003),
        (r#""1.2.3""#, 50003),
        (r#""١""#, 50003),
        ("15.401", 50003),
        ("1234567890123", 50003),
        ("[5]", 50003),
        ("true", 50003),
    ] {
        let body = format!(r#"{{"email":"a@b.example","amount":{amount},"devise":"USD"}}"#);
        assert_eq!(create_text(&sandbox, &body).code(), code, "amount {amount}");
    }
}

#[test]
fn returns_the_page_of_a_hosted_invoice_but_not_its_id() {
    let sandbox = start(Sandbox::builder().seed(7));
    let response = create(&sandbox, &hosted());
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let json = response.json();
    let url = json["redirectUrl"].as_str().expect("a redirectUrl");
    let start = format!("{}/widget/sale/create/?token=", sandbox.base_url());
    let token = url
        .strip_prefix(&start)
        .expect("the documented form of URL");
    assert!(
        token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()),
        "{token}"
    );
    let html = format!("<a href='{url}'></a>");
    assert_eq!(
        json,
        json!({ "errorCode": 0, "redirectUrl": url, "html": html })
    );

    let invoice = sandbox.invoices().only();
    assert_eq!(invoice.mode(), Mode::Hosted);
    assert_eq!(invoice.state, InvoiceState::Created);
    assert_eq!((invoice.id, invoice.email()), (1, "a@b.example"));
    assert_eq!(
        (invoice.amount().as_str(), invoice.currency()),
        ("15.40", "USD")
    );
    assert!(invoice.card.is_none(), "a hosted invoice has no card yet");
}

#[test]
fn charges_every_test_card_as_documented() {
    for card in TestCard::all() {
        let sandbox = start(Sandbox::builder());
        let response = create(&sandbox, &s2s(card.number));
        let invoice = sandbox.invoices().only();
        let (number, meaning) = (card.number, card.description());
        assert_eq!(invoice.mode(), Mode::S2s, "{number}");
        assert_eq!(
            response.code(),
            0,
            "{number} ({meaning}): even a decline is accepted"
        );
        assert!(
            response.json().get("html").is_none(),
            "{number} returned html"
        );
        let redirect = response.json().get("redirectUrl").is_some();
        assert_eq!(
            redirect,
            card.requires_challenge(),
            "redirectUrl for {number} ({meaning})"
        );
        assert_eq!(
            invoice.is_challenged(),
            card.requires_challenge(),
            "{number}"
        );
        let state = match card.requires_challenge() {
            true => InvoiceState::Created,
            false => card.resulting_state(),
        };
        assert_eq!(invoice.state, state, "{number} ({meaning})");
        let failed = state == InvoiceState::Failed;
        assert_eq!(
            invoice.failure_reason.is_some(),
            failed,
            "{number} ({meaning})"
        );
        assert_eq!(
            invoice.card.as_ref().unwrap().brand(),
            card.brand,
            "{number}"
        );
    }
}

/// The outcomes are written out again on purpose.
#[test]
fn lists_the_public_test_numbers() {
    use InvoiceState::{AwaitingApproval, Failed, Paid};
    let paid = "4242424242424242 4111111111111111 4000056655665556 5555555555554444 2223003122003222 \
                5105105105105100 378282246310005 371449635398431 6011111111111117 3566002020360505 \
                30569309025904 6200000000000005 6304000000000000 4000000000003055 4000000000005423 \
                4000000000000259 4023898493988028";
    let failed = "4000000000000002 4000000000009995 4000000000009987 4000000000009979 4000000000000069 \
                  4000000000000127 4000000000000119 4000000000006975 4100000000000019 4000008400001280";
    let rows = [
        (paid, Paid, false),
        (failed, Failed, false),
        ("4000002760003184 4000000000003220", Paid, true),
        ("4000008400001629 4000008260003178", Failed, true),
        ("4000000000009235", AwaitingApproval, false),
    ];
    let mut count = 0;
    for (numbers, state, challenge) in rows {
        for number in numbers.split_whitespace() {
            let card = TestCard::all().iter().find(|card| card.number == number);
            let card = card.unwrap_or_else(|| panic!("{number} is missing"));
            assert_eq!(card.resulting_state(), state, "{number}");
            assert_eq!(card.requires_challenge(), challenge, "{number}");
            count += 1;
        }
    }
    assert_eq!(count, TestCard::all().len(), "a card has no row here");
}

#[test]
fn judges_card_expiry_by_the_sandboxs_clock() {
    for (now, code) in [("2025-02-28T23:59:59Z", 0), ("2025-03-01T00:00:00Z", 59002)] {
        let sandbox = start(Sandbox::builder().clock_frozen_at(now));
        let response = create(&sandbox, &s2s("4242424242424242"));
        assert_eq!(response.code(), code, "a card of 02/2025 at {now}");
    }
    let sandbox = start(Sandbox::builder().real_time());
    let response = create(&sandbox, &s2s("4242424242424242"));
    assert_eq!(response.code(), 59002, "a card of 02/2025 in real time");
    let sandbox = start(Sandbox::builder());
    for (expiry, code) in [
        ("12/2024", 59002),
        ("01/2025", 0),
        ("01/2026", 0),
        ("13/2030", 59002),
        ("00/2030", 59002),
        ("02/30", 59002),
        ("2/2030", 59002),
        ("+2/2030", 59002),
    ] {
        let card = with(
            s2s("4242424242424242"),
            json!({ "card_expiry_date": expiry }),
        );
        assert_eq!(create(&sandbox, &card).code(), code, "{expiry}");
    }
}

#[test]
fn keeps_only_the_permitted_digits_of_a_card() {
    let sandbox = start(Sandbox::builder().assume("unknown-card", "decline"));
    for (number, masked) in [
        ("4242424242424242", "424242******4242"),
        ("6304000000000000000", "630400******0000"),
        ("378282246310005", "******0005"),
        ("30569309025904", "******5904"),
        ("12345678", "******"),
        ("<script>", "******"),
    ] {
        assert_eq!(create(&sandbox, &s2s(number)).code(), 0, "{number}");
        let invoices = sandbox.invoices();
        let card = invoices.last().unwrap().card.as_ref().unwrap();
        assert_eq!(card.masked(), masked, "digits kept of {number}");
        let printed = format!("{card:?}");
        assert!(!printed.contains(&number[..6]), "{printed}");
    }
}

#[test]
fn accepts_card_digits_as_a_number_or_with_separators() {
    for number in [json!(4242424242424242_u64), json!("4242 4242-4242 4242")] {
        let sandbox = start(Sandbox::builder());
        let body = with(s2s(""), json!({ "card_number": number }));
        assert_eq!(create(&sandbox, &body).code(), 0, "card_number {number}");
        let invoice = sandbox.invoices().only();
        assert_eq!(invoice.card.as_ref().unwrap().masked(), "424242******4242");
    }
    let sandbox = start(Sandbox::builder());
    sandbox.next_outcome(Outcome::Paid);
    for number in ["4242", "4242.4242.4242.4242", "4929420573595709"] {
        let body = with(s2s(number), json!({ "name": "SBX:PAID" }));
        assert_eq!(create(&sandbox, &body).code(), 59001, "{number}");
    }
}

#[test]
fn limits_callback_json_to_64_kib() {
    let sandbox = start(Sandbox::builder());
    for (length, status) in [(64 * 1024, 200), (64 * 1024 + 1, 413)] {
        // Two of the bytes are the quotes.
        let body = with(hosted(), json!({ "callbackJson": "x".repeat(length - 2) }));
        assert_eq!(create(&sandbox, &body).status, status, "{length} bytes");
    }
    assert_eq!(sandbox.invoices().len(), 1);
}

#[test]
fn survives_deep_nesting() {
    let sandbox = start(Sandbox::builder());
    for field in ["ipfsMetadata", "nftImageUrls", "email", "callbackJson"] {
        let (open, close) = ("[".repeat(30_000), "]".repeat(30_000));
        let sale = r#""email":"a@b.example","amount":1,"devise":"USD""#;
        let body = format!(r#"{{{sale},"{field}":{open}{close}}}"#);
        let code = if field == "email" { 50005 } else { 0 };
        assert_eq!(create_text(&sandbox, &body).code(), code, "{field}");
    }
}

#[test]
fn gives_the_same_tokens_for_the_same_seed() {
    let token = |seed| {
        let sandbox = start(Sandbox::builder().seed(seed));
        let first = create(&sandbox, &hosted()).json()["redirectUrl"].clone();
        first
            .as_str()
            .unwrap()
            .rsplit('=')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(token(7), token(7));
    assert_ne!(token(7), token(8));
}

#[test]
fn trusts_the_forwarded_address_of_a_named_proxy_only() {
    let shop = || Sandbox::builder().allowed_ips(["203.0.113.7".parse().unwrap()]);
    let called = |sandbox: &Sandbox| {
        let headers = [
            ("API-KEY", sandbox.api_key()),
            ("X-Forwarded-For", "203.0.113.7"),
        ];
        send(sandbox, "POST", CREATE, &headers, &hosted().to_string()).code()
    };
    assert_eq!(
        called(&start(shop())),
        50006,
        "a forwarded address was trusted without a named proxy"
    );
    let behind = start(shop().trusted_proxy("127.0.0.1".parse().unwrap()));
    assert_eq!(called(&behind), 0);
    let behind_two = start(
        shop()
            .trusted_proxy("127.0.0.1".parse().unwrap())
            .trusted_proxy("10.0.0.2".parse().unwrap()),
    );
    for (forwarded, code) in [
        ("203.0.113.7", 0),
        ("1.1.1.1, 203.0.113.7, 10.0.0.2", 0),
        ("1.1.1.1\r\nX-Forwarded-For: 203.0.113.7,10.0.0.2", 0),
        ("::ffff:203.0.113.7", 0),
        ("203.0.113.7, unknown", 50006),
        ("203.0.113.7, 10.0.0.3", 50006),
        ("10.0.0.2", 50006),
    ] {
        let headers = [
            ("API-KEY", behind_two.api_key()),
            ("X-Forwarded-For", forwarded),
        ];
        let response = send(&behind_two, "POST", CREATE, &headers, &hosted().to_string());
        assert_eq!(response.code(), code, "{forwarded}");
    }
    let requests = behind.requests().to(Route::Create);
    requests.expect(1).unwrap();
    let error = requests.expect(2).unwrap_err().to_string();
    assert_eq!(
        error,
        "expected 2 requests, found 1: POST create: HTTP 200, invoice 1"
    );
}

#[test]
fn journals_why_a_body_could_not_be_read() {
    let sandbox = start(Sandbox::builder());
    let form = "email=a%40b.example&amount=42&devise=USD&checkoutMode=nft";
    assert_eq!(create_text(&sandbox, form).code(), 50002);
    let request = sandbox.requests()[0].clone();
    let error = "form-encoded; the gateway takes JSON";
    assert_eq!(request.body_error.as_deref(), Some(error));
    assert_eq!(
        request.to_string(),
        format!("POST create: HTTP 200, error 50002 (body {error})")
    );
    for (body, error) in [
        ("{}", None),
        (r#" {"email":"a=b"} "#, None),
        ("", Some("empty; the gateway takes JSON")),
        (
            "--x\r\nContent-Disposition: form-data; name=\"email\"",
            Some("multipart; the gateway takes JSON"),
        ),
        (
            r#"{"email":"a=b","#,
            Some("not valid; the gateway takes a JSON object"),
        ),
        ("[1]", Some("not valid; the gateway takes a JSON object")),
        ("hello", Some("not JSON; the gateway takes JSON")),
    ] {
        create_text(&sandbox, body);
        let requests = sandbox.requests();
        assert_eq!(
            requests.last().unwrap().body_error.as_deref(),
            error,
            "{body}"
        );
    }
    create(&sandbox, &hosted());
    assert_eq!(sandbox.requests().last().unwrap().body_error, None);
}
