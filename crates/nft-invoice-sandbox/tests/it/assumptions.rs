use nft_invoice_sandbox::{
    Assumption, CallbackSink, InvoiceState, Sandbox, SinkResponse, StartError, days,
};
use serde_json::{Value, json};

use crate::client::{
    CREATE, HISTORY, Response, create, create_text, get, hosted, open, page_of, press, s2s, send,
    settle, start, with,
};
use crate::owner::done;

const PAYS: &str = "4242424242424242";

/// Every assumption with the behaviour of each of its options. The test fails for an assumption that is missing here.
#[test]
fn changes_behaviour_with_each_option() {
    for row in Assumption::all() {
        let seen: Vec<String> = row
            .options
            .iter()
            .map(|option| look(row.id, &start(Sandbox::builder().assume(row.id, *option))))
            .collect();
        assert_eq!(
            seen,
            wanted(row.id),
            "under {:?} of {}",
            row.options,
            row.id
        );
        let untouched = look(row.id, &start(Sandbox::builder()));
        assert_eq!(untouched, seen[0], "the default of {}", row.id);
    }
}

#[test]
fn lists_each_assumption_once_with_a_reason_and_rejects_other_options() {
    let refused = |id: &str| {
        let started = Sandbox::builder().assume(id, "nonsense").start_blocking();
        match started.expect_err("an unknown option") {
            StartError::Assumption { known, .. } => known,
            other => panic!("{id}: {other}"),
        }
    };
    let mut ids: Vec<_> = Assumption::all().iter().map(|row| row.id).collect();
    assert_eq!(refused("nonsense"), ids, "an unknown id lists all ids");
    for row in Assumption::all() {
        assert!(row.reason.ends_with('.'), "{} has no reason", row.id);
        assert_eq!(row.default(), row.options[0], "{}", row.id);
        assert_eq!(refused(row.id), row.options, "{}", row.id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Assumption::all().len(), "an id is listed twice");
}

/// The observed behaviour of each option, in order.
fn wanted(id: &str) -> Vec<&'static str> {
    match id {
        "error-status" => vec!["200", "400"],
        "check-order" => vec!["50001", "50002"],
        "body-not-json" => vec!["200 50002", "400 -"],
        "amount-malformed" => vec!["50003", "50012"],
        "email-check" => vec!["0", "50005"],
        "currency" => vec!["50009", "0"],
        "checkout-mode" => vec!["0", "59004"],
        "s2s-when" => vec!["59003", "0"],
        "s2s-missing-fields" => vec!["59003 -", "0 PAID"],
        "unknown-card" => vec!["59001 -", "0 FAILED"],
        "expired-card" => vec!["59002 -", "0 FAILED"],
        "s2s-redirect" => vec!["false", "true"],
        "callback-json-nested" => vec![r#"{ "a":1.0}"#, r#""{ \"a\":1.0}""#],
        "unknown-invoice" => vec!["50011", "50002"],
        "infos-ids" => vec!["1", "48"],
        "infos-currency" => vec!["USD", "USDC"],
        "fee" => vec!["1.540 13.86", "0.000 15.4"],
        "history-path" => vec!["200 404", "404 200"],
        "history-reversed" => vec!["UNPAID", "PAID"],
        "history-order" => vec!["2", "1", "50012"],
        "history-bad-filter" => vec!["1 1", "0 0"],
        "callback-json-limit" => vec!["413", "200"],
        "infos-description" => vec![r#""A cat""#, "null"],
        "history-unpaid" => vec![r#""0.00" "0.000" "0.000""#, "null null null"],
        "history-country" => vec![r#""DE""#, "null"],
        "time-zone" => vec!["2025-01-01 00:00:00", "2025-01-01 02:00:00"],
        "cancel" => vec!["OPENED", "FAILED"],
        "callback-order" => vec!["created", "created paid", "paid created"],
        "expiry-counts-from" => vec!["EXPIRED", "OPENED"],
        "failed-reopens" => vec!["FAILED", "OPENED"],
        other => panic!("{other} is not tested: add what its options change"),
    }
}

fn look(id: &str, sandbox: &Sandbox) -> String {
    let code = |response: &Response| response.code().to_string();
    let create_with = |members: Value| create(sandbox, &with(hosted(), members));
    let charged = |body: &Value| {
        let response = create(sandbox, body);
        let state = sandbox.invoices().first().map(|one| one.state.to_string());
        format!(
            "{} {}",
            response.code(),
            state.unwrap_or_else(|| "-".to_owned())
        )
    };
    let infos = || get(sandbox, "/api/client-invoice-info/get/?id=1");
    let history = |query: &str| get(sandbox, &format!("{HISTORY}{query}")).json();
    match id {
        "error-status" => create(sandbox, &json!({})).status.to_string(),
        "check-order" => code(&send(sandbox, "POST", CREATE, &[], "{}")),
        "body-not-json" => {
            let response = create_text(sandbox, "email=a@b.example&amount=1");
            let code = response.json()["errorCode"].as_u64();
            format!(
                "{} {}",
                response.status,
                code.map_or("-".to_owned(), |code| code.to_string())
            )
        }
        "amount-malformed" => code(&create_with(json!({ "amount": "1,5" }))),
        "email-check" => code(&create_with(json!({ "email": "a@b" }))),
        "currency" => code(&create_with(json!({ "devise": "EUR" }))),
        "checkout-mode" => code(&create_with(json!({ "checkoutMode": null }))),
        "s2s-when" => code(&create_with(json!({ "card_number": PAYS }))),
        "s2s-missing-fields" => charged(&with(s2s(PAYS), json!({ "phone": null }))),
        "unknown-card" => charged(&s2s("4929420573595709")),
        "expired-card" => charged(&with(s2s(PAYS), json!({ "card_expiry_date": "12/2024" }))),
        "s2s-redirect" => {
            let response = create(sandbox, &s2s(PAYS)).json();
            assert!(response.get("html").is_none(), "html in S2S: {response}");
            response.get("redirectUrl").is_some().to_string()
        }
        "callback-json-nested" => {
            let body =
                r#"{"email":"a@b.example","amount":1,"devise":"USD","callbackJson":{ "a":1.0}}"#;
            create_text(sandbox, body);
            let infos = infos().body;
            let (_, rest) = infos.split_once(r#""callbackJson":"#).unwrap();
            rest.split_once(r#","fiat_amount""#).unwrap().0.to_owned()
        }
        "callback-json-limit" => {
            let long = "x".repeat(64 * 1024);
            create_with(json!({ "callbackJson": long }))
                .status
                .to_string()
        }
        "infos-description" => {
            create_with(json!({ "nftDescription": "A cat" }));
            infos().json()["data"]["description"].to_string()
        }
        "history-unpaid" => {
            create(sandbox, &hosted());
            let record = &history("")["list"][0];
            let (paid, net) = (&record["paid_amount"], &record["merchant_amount"]);
            format!("{paid} {net} {}", record["fee_amount"])
        }
        "unknown-invoice" => code(&get(sandbox, "/api/invoice/status/?id=7")),
        "infos-ids" => {
            create(sandbox, &hosted());
            let infos = infos().json();
            assert_eq!(infos["invoice_id"], "1");
            infos["data"]["id"].to_string()
        }
        "infos-currency" => {
            create(sandbox, &hosted());
            infos().json()["data"]["devise"]
                .as_str()
                .unwrap()
                .to_owned()
        }
        "fee" => {
            create(sandbox, &s2s(PAYS));
            let fee = &history("")["list"][0]["fee_amount"];
            format!(
                "{} {}",
                fee.as_str().unwrap(),
                infos().json()["data"]["totalAmount"]
            )
        }
        "history-path" => {
            let other = get(sandbox, "/api/client-invoice-history/get/").status;
            assert_eq!(get(sandbox, sandbox.history_path()).status, 200);
            format!("{} {other}", get(sandbox, HISTORY).status)
        }
        "history-reversed" => {
            create(sandbox, &s2s("4000000000000259"));
            sandbox.advance(days(1)).wait().unwrap();
            let state = sandbox.invoices().only().state;
            assert_eq!(state, InvoiceState::Chargeback);
            let label = &history("")["list"][0]["status"];
            label.as_str().unwrap().to_owned()
        }
        "history-order" => {
            create(sandbox, &hosted());
            create(sandbox, &hosted());
            let page = history("");
            match page["list"][0]["id"].as_str() {
                Some(first) => first.to_owned(),
                None => page["errorCode"].to_string(),
            }
        }
        "history-bad-filter" => {
            create(sandbox, &hosted());
            let total = |query| history(query)["total"].as_str().unwrap().to_owned();
            format!("{} {}", total("?status=LATE"), total("?from=20250101"))
        }
        "history-country" => {
            create(sandbox, &s2s(PAYS));
            history("")["list"][0]["country"].to_string()
        }
        "time-zone" => {
            create(sandbox, &hosted());
            let date = history("")["list"][0]["create_date"].clone();
            assert_eq!(infos().json()["data"]["datetime"], date);
            date.as_str().unwrap().to_owned()
        }
        "cancel" => {
            new_and_press(sandbox, "cancel");
            sandbox.invoices().only().state.to_string()
        }
        "callback-order" => {
            let sink = CallbackSink::start().unwrap();
            sink.next_responses([SinkResponse::Status(500)]);
            let url = json!({ "callback_url": sink.url() });
            done(sandbox, "PATCH", "/config", &url);
            create(sandbox, &s2s(PAYS));
            settle(sandbox);
            let received = sink.received();
            let statuses = received.iter().map(|one| {
                let body: Value = serde_json::from_slice(&one.body).unwrap();
                let status = body["status"].as_str().unwrap();
                status.trim_start_matches("invoice:").to_owned()
            });
            statuses.collect::<Vec<_>>().join(" ")
        }
        "expiry-counts-from" => {
            let page = page_of(sandbox, &create(sandbox, &hosted()));
            sandbox.advance(days(1)).wait().unwrap();
            open(sandbox, &page);
            sandbox.advance(days(13)).wait().unwrap();
            sandbox.invoices().only().state.to_string()
        }
        "failed-reopens" => {
            let page = new_and_press(sandbox, "decline");
            assert_eq!(sandbox.invoices().only().state, InvoiceState::Failed);
            open(sandbox, &page);
            sandbox.invoices().only().state.to_string()
        }
        other => panic!("{other} is not tested: add how to observe its options"),
    }
}

/// Presses a button on the page of a new hosted invoice, and returns the page's path.
fn new_and_press(sandbox: &Sandbox, action: &str) -> String {
    let sale = json!({ "cancel_url": "https://shop.example/back" });
    let page = page_of(sandbox, &create(sandbox, &with(hosted(), sale)));
    let response = press(sandbox, &page, action, "");
    assert_eq!(response.status, 303, "{action}");
    if action == "cancel" {
        assert_eq!(
            response.header("location"),
            Some("https://shop.example/back")
        );
    }
    page
}
