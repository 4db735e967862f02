use nft_invoice_sandbox::{InvoiceState, Sandbox};
use serde_json::{Value, json};

use crate::client::{CREATE, HISTORY, create, get, hosted, s2s, send, start, with};

#[test]
fn returns_every_documented_error() {
    let plain = Sandbox::builder();
    let no_ip = Sandbox::builder().allowed_ips([]);
    let elsewhere = Sandbox::builder().allowed_ips(["192.0.2.1".parse().unwrap()]);
    for (code, message, builder, key, query) in [
        (50001, "API-KEY required", &plain, "", ""),
        (
            50006,
            "this API-KEY can not use this API from this IP address",
            &elsewhere,
            "sandbox-key",
            "",
        ),
        (50007, "invalid API-KEY", &plain, "wrong", ""),
        (
            50010,
            "no IP is linked to the account",
            &no_ip,
            "sandbox-key",
            "",
        ),
        (
            50012,
            "invalid order, must be ASC or DESC",
            &plain,
            "sandbox-key",
            "?order=UP",
        ),
        (
            50012,
            "invalid order, must be ASC or DESC",
            &plain,
            "sandbox-key",
            "?order=asc",
        ),
        // With all errors at once, those of the account come first.
        (50001, "API-KEY required", &no_ip, "", "?order=UP"),
        (50007, "invalid API-KEY", &no_ip, "wrong", "?order=UP"),
        (
            50010,
            "no IP is linked to the account",
            &no_ip,
            "sandbox-key",
            "?order=UP",
        ),
    ] {
        let sandbox = start(builder.clone());
        let target = format!("{HISTORY}{query}");
        let response = send(&sandbox, "GET", &target, &[("API-KEY", key)], "");
        assert_eq!(response.status, 200);
        let wanted = json!({ "errorCode": code, "errorMessage": message });
        assert_eq!(response.json(), wanted, "{target} with key {key:?}");
    }
}

#[test]
fn returns_the_documented_fields() {
    let sandbox = start(Sandbox::builder().clock_frozen_at("2023-06-15T10:39:34Z"));
    let sale = json!({ "amount": "1", "card_expiry_date": "12/2030", "success_url": "https://a.example/" });
    create(&sandbox, &with(s2s("4242424242424242"), sale));
    let query = "?status=PAID&from=2023-06-01&to=2023-06-19&order=DESC&page=1";
    let page = get(&sandbox, &format!("{HISTORY}{query}")).json();
    let hash = page["list"][0]["tx_hash"].as_str().expect("a tx_hash");
    assert!(hash.starts_with("0x") && hash.len() == 66, "{hash}");
    assert_eq!(
        page,
        json!({
            "errorCode": 0, "status": "PAID", "from": "2023-06-01", "to": "2023-06-19",
            "page": 1, "order": "DESC",
            "list": [{
                "id": "1", "email": "a@b.example", "status": "PAID", "amount": "1.00",
                "symbol": "USD", "create_date": "2023-06-15 10:39:34",
                "status_date": "2023-06-15 10:39:34", "tx_hash": hash,
                "exchange_currency_symbol": "USDC", "paid_amount": "1.00",
                "merchant_amount": "0.900", "fee_amount": "0.100", "ip": "127.0.0.1",
                "country": "DE", "success_url": "https://a.example/",
                "pending_url": null, "cancel_url": null,
            }],
            "total": "1",
        })
    );
}

#[test]
fn shows_no_hash_and_zero_amounts_for_an_unpaid_invoice() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    let page = get(&sandbox, HISTORY).json();
    let record = &page["list"][0];
    assert_eq!(record["status"], "UNPAID");
    assert_eq!(record["tx_hash"], Value::Null);
    for (name, value) in [
        ("paid_amount", "0.00"),
        ("merchant_amount", "0.000"),
        ("fee_amount", "0.000"),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    assert_eq!((&page["from"], &page["to"]), (&Value::Null, &Value::Null));
}

fn ids(page: &Value) -> Vec<u64> {
    let list = page["list"].as_array().expect("a list");
    list.iter()
        .map(|record| record["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn filters_by_history_status() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    create(&sandbox, &s2s("4242424242424242"));
    create(&sandbox, &s2s("4000000000000002"));
    create(&sandbox, &s2s("4000000000009235"));
    for (status, wanted) in [
        ("ALL", vec![1, 2, 3, 4]),
        ("", vec![1, 2, 3, 4]),
        ("PAID", vec![2]),
        ("UNPAID", vec![1, 3]),
        ("WAITING", vec![4]),
        ("EXPIRED", vec![]),
    ] {
        let page = get(&sandbox, &format!("{HISTORY}?order=ASC&status={status}")).json();
        assert_eq!(ids(&page), wanted, "status {status:?}");
        assert_eq!(
            page["total"],
            wanted.len().to_string(),
            "total of {status:?}"
        );
    }
}

#[test]
fn maps_every_status_to_a_history_status() {
    use InvoiceState::{
        AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
    };
    for (option, reversed) in [("unpaid", "UNPAID"), ("paid", "PAID")] {
        let sandbox = start(Sandbox::builder().assume("history-reversed", option));
        for state in InvoiceState::ALL {
            create(&sandbox, &hosted());
            let invoices = sandbox.invoices();
            if state != Created {
                invoices.last().unwrap().force_to(state).unwrap();
            }
            let expected = match state {
                Paid => "PAID",
                AwaitingApproval => "WAITING",
                Expired => "EXPIRED",
                Chargeback | Withheld => reversed,
                Created | Opened | Failed => "UNPAID",
            };
            let newest = &get(&sandbox, &format!("{HISTORY}?order=DESC")).json()["list"][0];
            assert_eq!(
                newest["status"], expected,
                "{state} with history-reversed={option}"
            );
        }
    }
}

#[test]
fn accepts_one_form_of_dates() {
    let builder = Sandbox::builder().assume("history-bad-filter", "match-nothing");
    let sandbox = start(builder.clock_frozen_at("2023-03-01T12:00:00Z"));
    create(&sandbox, &hosted());
    for (date, valid) in [
        ("2023-02-28", true),
        ("2020-02-29", true),
        ("2023-02-29", false),
        ("20230228", false),
        ("2023-2-1", false),
        ("2023-02-28T00:00:00", false),
        ("", true),
    ] {
        let page = get(&sandbox, &format!("{HISTORY}?from={date}")).json();
        assert_eq!(ids(&page).len(), usize::from(valid), "{date:?}");
    }
}

#[test]
fn includes_both_days_of_a_range() {
    let sandbox = start(Sandbox::builder().clock_frozen_at("2023-06-15T23:59:59Z"));
    create(&sandbox, &hosted());
    for (query, count) in [
        ("from=2023-06-15&to=2023-06-15", 1),
        ("from=2023-06-15", 1),
        ("to=2023-06-15", 1),
        ("from=2023-06-16", 0),
        ("to=2023-06-14", 0),
    ] {
        let page = get(&sandbox, &format!("{HISTORY}?{query}")).json();
        assert_eq!(ids(&page).len(), count, "{query}");
    }
}

#[test]
fn returns_pages_of_fifty_in_either_order() {
    let sandbox = start(Sandbox::builder());
    for _ in 0..51 {
        create(&sandbox, &hosted());
    }
    for (query, length, first, page_number) in [
        ("order=ASC&page=1", 50, Some(1), 1),
        ("order=ASC&page=2", 1, Some(51), 2),
        ("order=DESC&page=1", 50, Some(51), 1),
        ("order=DESC&page=2", 1, Some(1), 2),
        ("order=ASC&page=3", 0, None, 3),
        ("order=ASC", 50, Some(1), 1),
        ("order=ASC&page=0", 50, Some(1), 1),
        ("order=ASC&page=x", 50, Some(1), 1),
        ("order=ASC&page=18446744073709551615", 0, None, usize::MAX),
    ] {
        let page = get(&sandbox, &format!("{HISTORY}?{query}")).json();
        let ids = ids(&page);
        assert_eq!(
            (ids.len(), ids.first().copied()),
            (length, first),
            "{query}"
        );
        assert_eq!(page["page"], page_number, "{query}");
        assert_eq!(page["total"], "51", "{query}");
    }
}

#[test]
fn hides_the_invoices_of_other_merchants() {
    let sandbox = start(Sandbox::builder().add_merchant("other"));
    create(&sandbox, &hosted());
    let other = [("API-KEY", "other")];
    send(&sandbox, "POST", CREATE, &other, &hosted().to_string());
    assert_eq!(ids(&get(&sandbox, HISTORY).json()), [1]);
    assert_eq!(ids(&send(&sandbox, "GET", HISTORY, &other, "").json()), [2]);
}
