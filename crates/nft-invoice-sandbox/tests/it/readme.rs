//! The README's samples, compared with what the sandbox sends.

use nft_invoice_sandbox::TransitionError;
use nft_invoice_sandbox::{CallbackSink, Checkout, CheckoutStatus, Reply, Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{HISTORY, INFOS, STATUS, create, get, hosted, settle, start, with};

const README: &str = include_str!("../../README.md");

/// The JSON samples in their order.
fn samples() -> Vec<Value> {
    let blocks = README.split("```json\n").skip(1);
    blocks
        .map(|block| {
            let (sample, _) = block.split_once("```").expect("it ends");
            serde_json::from_str(sample).unwrap_or_else(|error| panic!("{error}: {sample}"))
        })
        .collect()
}

/// Replaces what differs each time by an ellipsis, as the README does.
fn shortened(mut response: Value, sample: &Value) -> Value {
    if let Some(page) = sample["redirectUrl"].as_str() {
        let (start, _) = page.split_once("8080").expect("a port");
        let url = response["redirectUrl"].as_str().expect("a page");
        assert!(url.starts_with(start), "{url}");
        assert!(url.contains("/widget/sale/create/?token="), "{url}");
        assert_eq!(response["html"], format!("<a href='{url}'></a>"));
        response["redirectUrl"] = page.into();
        response["html"] = sample["html"].clone();
    }
    if response["list"][0]["tx_hash"].is_string() {
        response["list"][0]["tx_hash"] = "…".into();
    }
    response
}

#[test]
fn shows_requests_and_responses_as_they_are() {
    let [
        request,
        created,
        rejected,
        status,
        infos,
        history,
        callback,
        event,
    ] = &samples()[..]
    else {
        panic!("another number of samples: {:#?}", samples());
    };
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    let mut events = sandbox.subscribe();
    let response = create(&sandbox, request).json();
    assert_eq!(shortened(response, created), *created);
    assert_eq!(&create(&sandbox, &json!({})).json(), rejected);
    let page = sandbox.invoices().only().checkout();
    page.pay(TestCard::PAID).wait().unwrap();
    settle(&sandbox);
    let history_call = format!("{HISTORY}?status=ALL&order=DESC&page=1");
    for (call, sample) in [
        (format!("{STATUS}?id=1"), status),
        (format!("{INFOS}?id=1"), infos),
        (history_call, history),
    ] {
        let response = get(&sandbox, &call).json();
        assert_eq!(shortened(response, sample), *sample, "{call}");
    }
    let sent = sink.received().pop().expect("a callback");
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(&sent, callback);
    let first = events.try_iter().next().expect("an event");
    assert_eq!(json!(first), *event);
}

#[test]
fn shows_what_the_shop_notices() {
    type Action = fn(&Checkout) -> Reply<Result<CheckoutStatus, TransitionError>>;
    let urls = ["success", "failure", "cancel", "pending"].map(|name| {
        (
            format!("{name}_url"),
            json!(format!("http://shop.example/{name}_url")),
        )
    });
    let body = with(hosted(), Value::Object(urls.into_iter().collect()));
    let actions: [(&str, Action); 4] = [
        ("pays", |page| page.pay(TestCard::PAID)),
        ("pays with a card that is declined", |page| {
            page.pay(TestCard::FUNDS)
        }),
        ("cancels", Checkout::cancel),
        ("leaves the payment pending", Checkout::pending),
    ];
    for (customer, action) in actions {
        let sink = CallbackSink::start().unwrap();
        let sandbox = start(Sandbox::builder().callback(sink.url()));
        create(&sandbox, &body);
        let went = action(&sandbox.invoices().only().checkout())
            .wait()
            .unwrap();
        settle(&sandbox);
        let status = get(&sandbox, &format!("{STATUS}?id=1")).json();
        let status = status["invoice"]["status"].as_str().unwrap().to_owned();
        let callbacks = sink.received().into_iter().map(|callback| {
            let body: Value = serde_json::from_slice(&callback.body).unwrap();
            body["status"].as_str().unwrap().replace("invoice:", "")
        });
        let callbacks: Vec<_> = callbacks.map(|name| format!("`{name}`")).collect();
        let url = went.url.rsplit('/').next().unwrap();
        let begin = format!("| {customer} | `{status}`");
        let end = format!("| {} | `{url}` |", callbacks.join(" "));
        let row = README.lines().find(|line| line.starts_with(&begin));
        let row = row.unwrap_or_else(|| panic!("no row begins with {begin}"));
        assert!(row.ends_with(&end), "{row} does not end with {end}");
    }
}
