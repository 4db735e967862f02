use std::time::Duration;

use nft_invoice::transport::{Delivery, Phase, Response, SendGate};
use nft_invoice::{
    Callback, Cancellation, Confirmation, Error, Expected, FindOptions, FindResult,
    MismatchedField, Reference, Retry, SortOrder,
};
use nft_invoice_mock::MockTransport;
use tokio::sync::Mutex;

use crate::{CREATED, clients, hosted, invoice};

fn reference() -> Reference {
    Reference::new("order-7").unwrap()
}

fn history(ids: std::ops::Range<u32>, total: u32) -> String {
    let entry = |id| {
        format!(
            r#"{{"id":"{id}","amount":"{}.00","email":"Jane@shop.example"}}"#,
            id % 3
        )
    };
    let entries: Vec<_> = ids.map(entry).collect();
    format!(
        r#"{{"errorCode":0,"list":[{}],"total":"{total}"}}"#,
        entries.join(",")
    )
}

fn info(reference: &str) -> String {
    info_with_status(reference, "paid")
}

fn info_with_status(reference: &str, status: &str) -> String {
    format!(
        r#"{{"errorCode":0,"data":{{"id":7,"status":"invoice:{status}","devise":"USD","amount":"15.04","callbackJson":"{{\"nftInvoiceReference\":\"{reference}\"}}"}}}}"#
    )
}

#[tokio::test]
async fn find_reads_pages_and_infos_up_to_the_match() {
    let script = || {
        MockTransport::new()
            .respond_with(200, history(1..3, 4))
            .respond_with(200, info("order-5"))
            .respond_with(200, info("order-6"))
            .respond_with(200, history(3..5, 4))
            .respond_with(200, info("order-7"))
    };
    let mock = script();
    let found = clients(&mock)
        .0
        .find(&reference(), FindOptions::default())
        .await
        .unwrap();
    let FindResult::Found(found) = found else {
        panic!("{found:?}")
    };
    assert_eq!((found.id.as_str(), found.info.id), ("3", Some("7".into())));
    assert_eq!(mock.requests().len(), 5);
    let blocking = clients(&script())
        .1
        .find(&reference(), FindOptions::default())
        .unwrap();
    assert!(matches!(blocking, FindResult::Found(_)));
}

#[test]
fn find_reads_only_infos_that_can_be_of_the_invoice() {
    let mock = MockTransport::new()
        .respond_with(200, history(1..7, 6))
        .respond_with(200, info("a"))
        .respond_with(200, info("b"));
    let options = FindOptions {
        amount: "1".parse().ok(),
        email: Some("jane@SHOP.example".into()),
        order: SortOrder::Asc,
        from: "2026-01-31".parse().ok(),
        to: "2026-02-01".parse().ok(),
        ..FindOptions::default()
    };
    let result = clients(&mock).1.find(&reference(), options).unwrap();
    let FindResult::NotFound(searched) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        (searched.pages, searched.invoices, searched.infos),
        (1, 6, 2)
    );
    assert_eq!(searched.continue_at, None);
    let query = mock.requests()[0].uri().query().unwrap().to_owned();
    assert_eq!(
        query,
        "status=ALL&from=2026-01-31&to=2026-02-01&order=ASC&page=1"
    );
}

#[test]
fn a_search_counts_invoices_without_an_id() {
    let page = r#"{"errorCode":0,"list":[{"id":"1"},{"amount":"1.00"},{"id":null}],"total":"3"}"#;
    let mock = MockTransport::new()
        .respond_with(200, page)
        .respond_with(200, info("a"));
    let result = clients(&mock).1.find(&reference(), FindOptions::default());
    let FindResult::NotFound(searched) = result.unwrap() else {
        panic!("there is no match")
    };
    assert_eq!((searched.invoices, searched.without_id), (3, 2));
}

#[test]
fn options_of_an_invoice_are_its_amount_and_address() {
    let options = FindOptions::of(&hosted());
    assert_eq!(options.amount, "15.04".parse().ok());
    assert_eq!(options.email.as_deref(), Some("jane@shop.example"));
    assert_eq!((options.from, options.limit), (None, 1000));
}

#[test]
fn find_stops_at_the_limit_and_names_the_page_to_continue_at() {
    let mock = MockTransport::new()
        .respond_with(200, history(1..4, 9))
        .respond_with(200, info("a"))
        .respond_with(200, info("b"));
    let options = FindOptions {
        limit: 2,
        page: 2,
        ..FindOptions::default()
    };
    let result = clients(&mock).1.find(&reference(), options).unwrap();
    let FindResult::NotFound(searched) = result else {
        panic!("{result:?}")
    };
    assert_eq!((searched.infos, searched.continue_at), (2, Some(2)));
}

#[test]
fn find_reads_the_infos_of_an_invoice_once_though_pages_move() {
    let mock = MockTransport::new()
        .respond_with(200, history(1..3, 4))
        .respond_with(200, info("a"))
        .respond_with(200, info("b"))
        .respond_with(200, history(2..4, 4))
        .respond_with(200, info("order-7"));
    let result = clients(&mock)
        .1
        .find(&reference(), FindOptions::default())
        .unwrap();
    let FindResult::Found(found) = result else {
        panic!("{result:?}")
    };
    assert_eq!(found.id.as_str(), "3");
}

#[test]
fn a_finder_repeats_the_read_that_failed_and_goes_on_after_a_match() {
    let mock = MockTransport::new()
        .unknown("cut")
        .respond_with(200, history(1..3, 2))
        .not_sent("refused")
        .respond_with(200, info("order-7"))
        .respond_with(200, info("order-7"));
    let mut finder = clients(&mock)
        .1
        .finder(&reference(), FindOptions::default());
    assert!(finder.next().is_err());
    assert!(finder.next().is_err());
    assert_eq!(finder.next().unwrap().unwrap().id.as_str(), "1");
    assert_eq!(finder.next().unwrap().unwrap().id.as_str(), "2");
    assert!(finder.next().unwrap().is_none());
    assert_eq!(finder.searched().infos, 2);
}

#[tokio::test]
async fn a_search_is_repeated_where_it_failed() {
    let mock = MockTransport::new()
        .respond_with(200, history(1..3, 2))
        .unknown("cut")
        .respond_with(200, info("order-6"))
        .not_sent("refused")
        .respond_with(200, info("order-7"));
    let client = clients(&mock).0;
    let retry = Retry {
        first: Duration::ZERO,
        ..Retry::default()
    };
    // The future can be spawned.
    let search = tokio::spawn(async move {
        let finder = Mutex::new(client.finder(&reference(), FindOptions::default()));
        let next = || async { finder.lock().await.next().await };
        let found = retry.run(tokio::time::sleep, next).await;
        (found, finder.into_inner().searched())
    });
    let (found, searched) = search.await.unwrap();
    let found = found.unwrap().unwrap();
    assert_eq!((found.id.as_str(), mock.requests().len()), ("2", 5));
    assert_eq!((searched.pages, searched.infos), (1, 2));
}

#[tokio::test]
async fn a_create_is_repeated_only_while_it_is_not_sent() {
    let mock = MockTransport::new().not_sent("refused").unknown("cut");
    let client = clients(&mock).0;
    let retry = Retry {
        first: Duration::ZERO,
        ..Retry::default()
    };
    let create = tokio::spawn(async move {
        let invoice = hosted();
        let create = || client.create(&invoice);
        retry.run(tokio::time::sleep, create).await
    });
    let error = create.await.unwrap().unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn confirm_compares_id_amount_currency_and_reference() {
    let expected = |amount: &str, reference: &str| Expected {
        amount: amount.parse().unwrap(),
        currency: Default::default(),
        reference: Reference::new(reference).unwrap(),
    };
    let callback = |id: &str| {
        Callback::from_json(format!(r#"{{"id":{id},"status":"invoice:paid"}}"#).as_bytes()).unwrap()
    };
    for (id, expected, fields) in [
        ("7", expected("15.04", "order-7"), vec![]),
        ("8", expected("15.04", "order-7"), vec![MismatchedField::Id]),
        (
            "7",
            expected("15.40", "order-8"),
            vec![MismatchedField::Amount, MismatchedField::Reference],
        ),
    ] {
        let mock = MockTransport::new()
            .respond_with(200, info("order-7"))
            .respond_with(200, info("order-7"));
        let (client, blocking) = clients(&mock);
        let both = [
            client.confirm(&callback(id), &expected).await.unwrap(),
            blocking.confirm(&callback(id), &expected).unwrap(),
        ];
        for confirmation in both {
            match confirmation {
                Confirmation::Paid(_) => assert!(fields.is_empty()),
                Confirmation::Mismatch { fields: found, .. } => assert_eq!(found, fields),
                other => panic!("{other:?}"),
            }
        }
    }
    for (status, is_paid) in [
        ("awaiting_approval", true),
        ("opened", false),
        ("chargeback", false),
    ] {
        let mock = MockTransport::new().respond_with(200, info_with_status("order-7", status));
        let confirmation = clients(&mock)
            .1
            .confirm(&callback("7"), &expected("15.04", "order-7"))
            .unwrap();
        match confirmation {
            Confirmation::Paid(_) => assert!(is_paid, "{status}"),
            Confirmation::NotPaid(_) => assert!(!is_paid, "{status}"),
            other => panic!("{other:?}"),
        }
    }
    let nameless = info("order-7").replace(r#""id":7,"#, "");
    let mock = MockTransport::new().respond_with(200, nameless);
    let confirmation = clients(&mock)
        .1
        .confirm(&callback("7"), &expected("15.04", "order-7"))
        .unwrap();
    let Confirmation::Mismatch { fields, .. } = confirmation else {
        panic!("infos without an id confirm nothing: {confirmation:?}");
    };
    assert_eq!(fields, [MismatchedField::Id]);
    let mock = MockTransport::new();
    let without = clients(&mock)
        .1
        .confirm(&callback("null"), &expected("1", "r"))
        .unwrap();
    assert!(matches!(without, Confirmation::WithoutId));
    assert!(mock.requests().is_empty());
}

#[test]
fn what_is_expected_of_an_invoice_needs_its_reference() {
    assert_eq!(Expected::of(&hosted()), None);
    let expected = Expected::of(&invoice(
        r#"{"email":"jane@shop.example","amount":"15.04","devise":"USD","checkoutMode":"nft",
        "callbackJson":"{\"nftInvoiceReference\":\"order-7\"}"}"#,
    ));
    let of_order = Expected {
        amount: "15.04".parse().unwrap(),
        currency: Default::default(),
        reference: reference(),
    };
    assert_eq!(expected, Some(of_order));
}

#[cfg(feature = "serde")]
#[test]
fn what_is_expected_and_the_delivery_are_stored_and_read_again() {
    let expected = Expected {
        amount: "15.04".parse().unwrap(),
        currency: Default::default(),
        reference: reference(),
    };
    let stored = serde_json::to_string(&expected).unwrap();
    assert_eq!(
        stored,
        r#"{"amount":"15.04","currency":"USD","reference":"order-7"}"#
    );
    let read: Expected = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, expected);
    for (delivery, name) in [
        (Delivery::NotSent, r#""not_sent""#),
        (Delivery::Unknown, r#""unknown""#),
        (Delivery::Responded, r#""responded""#),
    ] {
        assert_eq!(serde_json::to_string(&delivery).unwrap(), name);
        let read: Delivery = serde_json::from_str(name).unwrap();
        assert_eq!(read, delivery);
    }
}

#[tokio::test]
async fn a_create_is_cancelled_only_before_its_request_leaves() {
    // A transport that is cancelled while it connects, and one that is cancelled after it has sent.
    for (is_late, was_cancelled) in [(false, true), (true, false)] {
        for is_async in [true, false] {
            let cancellation = Cancellation::new();
            let handle = cancellation.clone();
            let mock = MockTransport::from_fn(move |request| {
                let gate = SendGate::arm(request);
                if is_late {
                    assert!(gate.open(), "nobody has cancelled yet");
                }
                assert_eq!(handle.cancel(), was_cancelled, "async: {is_async}");
                if is_late {
                    return Ok(Response::new(CREATED.as_bytes().to_vec().into()));
                }
                Err(gate.fail(Phase::Connecting, "timed out"))
            });
            let (client, blocking) = clients(&mock);
            let invoice = hosted();
            let result = if is_async {
                client
                    .create_with_cancellation(&invoice, &cancellation)
                    .await
            } else {
                blocking.create_with_cancellation(&invoice, &cancellation)
            };
            let delivery = result.as_ref().err().map(Error::delivery);
            assert_eq!(delivery, was_cancelled.then_some(Delivery::NotSent));
            assert!(!cancellation.cancel(), "there is nothing left to cancel");
        }
    }
}
