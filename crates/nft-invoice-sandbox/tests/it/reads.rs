use nft_invoice_sandbox::Sandbox;
use serde_json::json;

use crate::client::{
    CREATE, INFOS, STATUS, create, create_text, get, hosted, s2s, send, start, with,
};

#[test]
fn returns_every_documented_error() {
    let foreign = Sandbox::builder().add_merchant("other");
    let no_ip = Sandbox::builder().allowed_ips([]);
    let plain = Sandbox::builder();
    for (code, message, builder, key, id) in [
        (50001, "API-KEY required", &plain, "", "1"),
        (50002, "id required", &plain, "sandbox-key", ""),
        (50002, "id required", &plain, "sandbox-key", "%20"),
        (50007, "invalid API-KEY", &plain, "wrong", "1"),
        (
            50010,
            "no IP is linked to the account",
            &no_ip,
            "sandbox-key",
            "1",
        ),
        (
            50011,
            "this invoice belongs to another merchant",
            &foreign,
            "sandbox-key",
            "1",
        ),
        (
            50011,
            "this invoice belongs to another merchant",
            &plain,
            "sandbox-key",
            "7",
        ),
        (
            50011,
            "this invoice belongs to another merchant",
            &plain,
            "sandbox-key",
            "abc",
        ),
    ] {
        let sandbox = start(builder.clone());
        let body = hosted().to_string();
        send(&sandbox, "POST", CREATE, &[("API-KEY", "other")], &body);
        for path in [STATUS, INFOS] {
            let target = format!("{path}?id={id}");
            let response = send(&sandbox, "GET", &target, &[("API-KEY", key)], "");
            assert_eq!(response.status, 200);
            let wanted = json!({ "errorCode": code, "errorMessage": message });
            assert_eq!(response.json(), wanted, "{target} with key {key:?}");
        }
    }
}

#[test]
fn rejects_a_missing_id() {
    let sandbox = start(Sandbox::builder());
    for path in [STATUS, INFOS] {
        assert_eq!(get(&sandbox, path).code(), 50002, "{path} without a query");
    }
}

#[test]
fn checks_the_account_before_the_id() {
    let sandbox = start(Sandbox::builder().allowed_ips([]));
    for path in [STATUS, INFOS] {
        assert_eq!(send(&sandbox, "GET", path, &[], "").code(), 50001, "{path}");
        let wrong = [("API-KEY", "wrong")];
        assert_eq!(
            send(&sandbox, "GET", path, &wrong, "").code(),
            50007,
            "{path}"
        );
        assert_eq!(get(&sandbox, path).code(), 50010, "{path}");
    }
}

#[test]
fn ignores_allowed_addresses_and_the_wallet() {
    let sandbox = start(
        Sandbox::builder()
            .allowed_ips(["192.0.2.1".parse().unwrap()])
            .wallet_active(false),
    );
    for path in [STATUS, INFOS] {
        let response = get(&sandbox, &format!("{path}?id=1"));
        assert_eq!(
            response.code(),
            50011,
            "50006 and 50008 are not documented for {path}"
        );
    }
}

#[test]
fn returns_the_documented_status_fields() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &with(hosted(), json!({ "amount": 4 })));
    create(&sandbox, &s2s("4242424242424242"));
    assert_eq!(
        get(&sandbox, "/api/invoice/status/?id=1").json(),
        json!({
            "errorCode": 0,
            "invoice": { "id": "1", "devise": "USD", "amount": "4", "status": "invoice:created" },
        })
    );
    let second = get(&sandbox, "/api/invoice/status/?id=2").json();
    assert_eq!(second["invoice"]["status"], "invoice:paid");
    assert_eq!(second["invoice"]["amount"], "15.40");
}

#[test]
fn returns_the_documented_infos_fields() {
    let sandbox = start(Sandbox::builder().clock_frozen_at("2023-04-12T19:09:48Z"));
    let sale = json!({ "amount": "5", "nftDescription": "A cat", "callbackJson": null });
    create(&sandbox, &with(hosted(), sale));
    assert_eq!(
        get(&sandbox, "/api/client-invoice-info/get/?id=1").json(),
        json!({
            "errorCode": 0,
            "merchant_id": "1",
            "invoice_id": "1",
            "data": {
                "status": "invoice:created", "id": 1, "devise": "USD", "amount": 5,
                "description": "A cat", "callbackJson": null, "fiat_amount": 5,
                "fiat_currency": "USD", "totalAmount": 4.5, "totalCurrency": "USDC",
                "datetime": "2023-04-12 19:09:48",
            },
        })
    );
}

#[test]
fn returns_exact_amounts() {
    let sandbox = start(Sandbox::builder());
    for (id, (sent, shown)) in [
        (r#""8.29""#, "8.29"),
        ("15.40", "15.4"),
        ("42", "42"),
        ("100", "100"),
        ("20000.00", "20000"),
        (r#""007.05""#, "7.05"),
        ("999999999999.99", "999999999999.99"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"email":"a@b.example","amount":{sent},"devise":"USD"}}"#);
        assert_eq!(create_text(&sandbox, &body).code(), 0, "amount {sent}");
        let infos = get(&sandbox, &format!("{INFOS}?id={}", id + 1)).body;
        let wanted = format!(r#""amount":{shown},"#);
        assert!(infos.contains(&wanted), "{sent} is shown as in {infos}");
    }
}

#[test]
fn returns_callback_json_byte_for_byte() {
    for sent in [
        r#""{txId : qktr12eqzg, status : sfrt}""#,
        r#""{\"txId\":\"1\"}""#,
        r#""\u0041\/ \ud83d\ude00 ü""#,
        r#"{ "a" : 1.50, "a":[null , 2e0] }"#,
        "12345678901234567890.10",
        r#""""#,
        "false",
    ] {
        let sandbox = start(Sandbox::builder());
        let body =
            format!(r#"{{"email":"a@b.example","amount":1,"devise":"USD","callbackJson":{sent}}}"#);
        assert_eq!(create_text(&sandbox, &body).code(), 0, "{sent}");
        assert_eq!(sandbox.invoices().only().callback_json(), Some(sent));
        let infos = get(&sandbox, "/api/client-invoice-info/get/?id=1").body;
        let wanted = format!(r#""callbackJson":{sent},"#);
        assert!(infos.contains(&wanted), "{sent} came back as in {infos}");
    }
}
