//! With the feature `tracing`: one span a call, with its outcome and without secrets.
//!
//! A program of its own: where another thread makes the first call of all, and has no subscriber, `tracing` may take
//! it that nobody wants these spans.
#![cfg(feature = "tracing")]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use nft_invoice::{ApiKey, Client, Config, Date, Draft, Invoice, Rules, blocking};
use nft_invoice_mock::MockTransport;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const KEY: &str = "k3y-that-nobody-may-see";

/// The fields of one span, in the order of their names.
type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of every span of ours.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Fields>>>);

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("nft_invoice")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().expect("no panic while it is held");
        let mut fields = Fields::new();
        span.record(&mut Visitor(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().expect("no panic while it is held");
        values.record(&mut Visitor(&mut spans[span.into_u64() as usize - 1]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        panic!("an event, where spans are all there is: {event:?}");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn script() -> MockTransport {
    MockTransport::new()
        .respond_with(200, r#"{"errorCode":0}"#)
        .respond_with(
            400,
            r#"{"errorCode":50008,"errorMessage":"see https://x.y/?token=1"}"#,
        )
        .respond_with(502, "<html>")
        .not_sent("refused")
        .unknown("reset")
}

fn invoice() -> Invoice {
    let json = br#"{"email":"jane@shop.example","amount":"42","devise":"USD","name":"Jane Roe",
        "address1":"1 High St","address2":"1 High St","city":"Berlin","country":"DE","postcode":"10115",
        "date_of_birth":"1990-12-31","card_number":"4242424242424242","card_expiry_date":"02/2025",
        "card_ccv":"7391","nftImageUrls":"https://shop.example/1.png","ipfsMetadata":{"name":"One"},
        "nftDescription":"One","checkoutMode":"nft","customer_ip":"8.8.8.8","phone":"020 7946 0018"}"#;
    let rules = Rules::on(Date::new(2025, 1, 1).expect("a day"));
    Draft::from_json(json)
        .and_then(|draft| draft.validate(&rules))
        .expect("a valid invoice")
}

fn config() -> Config {
    Config::new(
        "https://gateway.example/secret-path",
        ApiKey::new(KEY).expect("a key"),
    )
}

#[test]
fn a_span_has_the_outcome_of_the_call_and_nothing_else() {
    let invoice = invoice();
    let by_blocking = Kept::default();
    tracing::subscriber::with_default(by_blocking.clone(), || {
        let client = blocking::Client::with_transport(config(), script()).expect("a client");
        for _ in 0..5 {
            let _ = client.create(&invoice);
        }
    });
    let by_async = Kept::default();
    tracing::subscriber::with_default(by_async.clone(), || {
        let client = Client::with_transport(config(), script()).expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            for _ in 0..5 {
                let _ = client.create(&invoice).await;
            }
        });
    });
    let expected = [
        ("ok", "responded", Some("200"), None),
        ("rejected", "responded", Some("400"), Some("50008")),
        ("unreadable", "responded", Some("502"), None),
        ("no_response", "not_sent", None, None),
        ("no_response", "unknown", None, None),
    ];
    for kept in [by_blocking, by_async] {
        let spans = kept.0.lock().expect("no panic while it is held");
        let said: Vec<_> = spans
            .iter()
            .map(|span| {
                assert_eq!(span["call"], "create");
                assert!(span["duration_ms"].parse::<u128>().is_ok(), "{span:?}");
                let field = |name| span.get(name).map(String::as_str);
                (
                    &*span["outcome"],
                    &*span["delivery"],
                    field("http_status"),
                    field("gateway_code"),
                )
            })
            .collect();
        assert_eq!(said, expected);
        let all = format!("{spans:?}");
        for secret in [
            "4242",
            "7391",
            KEY,
            "gateway.example",
            "secret-path",
            "token",
            "Jane",
            "jane@",
        ] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

#[test]
fn a_call_that_was_dropped_is_unknown() {
    let invoice = invoice();
    let kept = Kept::default();
    tracing::subscriber::with_default(kept.clone(), || {
        let transport = MockTransport::new().hang();
        let client = Client::with_transport(config(), transport).expect("a client");
        let mut sending = Box::pin(client.create(&invoice));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(sending.as_mut().poll(&mut context).is_pending());
        drop(sending);
    });
    let spans = kept.0.lock().expect("no panic while it is held");
    assert_eq!(
        (&*spans[0]["outcome"], &*spans[0]["delivery"]),
        ("dropped", "unknown")
    );
}
