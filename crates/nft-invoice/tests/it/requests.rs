use nft_invoice::{Error, Gateway, HistoryFilter, HistoryQuery, SortOrder};
use nft_invoice_mock::{MockTransport, RecordedRequest};

use crate::{CREATED, KEY, clients, config, hosted, invoice};

/// The same request from both clients.
fn only(requests: Vec<RecordedRequest>) -> RecordedRequest {
    let [first, second] = requests.try_into().unwrap();
    assert_eq!(first.method(), second.method());
    assert_eq!(first.uri(), second.uri());
    assert_eq!(first.headers(), second.headers());
    assert_eq!(first.body(), second.body());
    let key = &first.headers()["api-key"];
    assert_eq!(key, KEY);
    assert!(
        key.is_sensitive(),
        "a stack that logs headers must not show it"
    );
    assert_eq!(first.headers()["accept"], "application/json");
    first
}

#[tokio::test]
async fn create_posts_the_invoice_as_json() {
    let mock = MockTransport::new()
        .respond_with(200, CREATED)
        .respond_with(200, CREATED);
    let (client, blocking) = clients(&mock);
    let created = client.create(&hosted()).await.unwrap();
    let url = created.redirect_url();
    assert_eq!(url, Some("https://gateway.example/pay?token=t0ken"));
    blocking.create(&hosted()).unwrap();

    let request = only(mock.requests());
    assert_eq!(request.method(), "POST");
    let uri = "https://gateway.example/base/api/btn-create-invoice/get/";
    assert_eq!(request.uri(), uri);
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers().len(), 3);
    let body = str::from_utf8(request.body()).unwrap();
    for member in [
        r#""email":"jane@shop.example""#,
        r#""amount":"15.04""#,
        r#""devise":"USD""#,
    ] {
        assert!(body.contains(member), "{body}");
    }
    assert!(!format!("{request:?}").contains("jane"));
}

#[tokio::test]
async fn an_s2s_answer_needs_no_page() {
    let done = r#"{"errorCode":0}"#;
    let mock = MockTransport::new()
        .respond_with(200, done)
        .respond_with(200, done);
    let (client, blocking) = clients(&mock);
    let s2s = invoice(
        r#"{"email":"jane@shop.example","amount":"42","devise":"USD","name":"Jane Roe",
        "address1":"1 High St","address2":"1 High St","city":"Berlin","country":"DE","postcode":"10115",
        "date_of_birth":"1990-12-31","card_number":"4242424242424242","card_expiry_date":"02/2025",
        "card_ccv":"000","nftImageUrls":"https://shop.example/1.png","ipfsMetadata":{"name":"One"},
        "nftDescription":"One","checkoutMode":"nft","customer_ip":"8.8.8.8","phone":"020 7946 0018"}"#,
    );
    assert_eq!(client.create(&s2s).await.unwrap().redirect_url(), None);
    assert_eq!(blocking.create(&s2s).unwrap().redirect_url(), None);
    let request = only(mock.requests());
    let body = str::from_utf8(request.body()).unwrap();
    assert!(body.contains(r#""card_number":"4242424242424242""#));
}

#[tokio::test]
async fn reads_ask_by_id_without_a_body() {
    let status = r#"{"errorCode":0,"invoice":{"id":"1689","status":"invoice:created"}}"#;
    let info = r#"{"errorCode":0,"invoice_id":"1689","data":{"id":1736,"status":"invoice:paid"}}"#;
    let id = "a-B_9".parse().unwrap();

    let mock = MockTransport::new()
        .respond_with(200, status)
        .respond_with(200, status);
    let (client, blocking) = clients(&mock);
    let report = client.status(&id).await.unwrap();
    assert_eq!(report, blocking.status(&id).unwrap());
    assert_eq!(report.status.label(), "CREATED");
    let request = only(mock.requests());
    assert_eq!(request.method(), "GET");
    let uri = "https://gateway.example/base/api/invoice/status/?id=a-B_9";
    assert_eq!(request.uri(), uri);
    assert!(request.body().is_empty());
    assert!(!request.headers().contains_key("content-type"));

    let mock = MockTransport::new()
        .respond_with(200, info)
        .respond_with(200, info);
    let (client, blocking) = clients(&mock);
    let found = client.info(&id).await.unwrap();
    assert_eq!(found, blocking.info(&id).unwrap());
    assert_eq!(found.status.label(), "PAID");
    let uri = "https://gateway.example/base/api/client-invoice-info/get/?id=a-B_9";
    assert_eq!(only(mock.requests()).uri(), uri);
}

#[tokio::test]
async fn history_asks_by_its_query() {
    let empty = r#"{"errorCode":0,"list":[]}"#;
    let mock = MockTransport::new()
        .respond_with(200, empty)
        .respond_with(200, empty);
    let (client, blocking) = clients(&mock);
    let query = HistoryQuery {
        status: HistoryFilter::Paid,
        from: "2023-06-01".parse().ok(),
        to: "2023-06-19".parse().ok(),
        order: SortOrder::Desc,
        page: 3,
    };
    assert!(client.history(query).next().await.unwrap().is_ok());
    assert!(blocking.history(query).next().unwrap().is_ok());
    let request = only(mock.requests());
    assert_eq!(request.method(), "GET");
    assert_eq!(
        request.uri(),
        "https://gateway.example/base/api/history/?status=PAID&from=2023-06-01&to=2023-06-19&order=DESC&page=3"
    );
}

/// Nobody learns what became of a create that is dropped in flight: it was handed to the transport, and
/// no error exists that could say more.
#[tokio::test]
async fn a_create_that_is_dropped_in_flight_has_been_handed_over() {
    let mock = MockTransport::new().hang();
    let (client, _) = clients(&mock);
    let invoice = hosted();
    tokio::select! {
        biased;
        _ = client.create(&invoice) => unreachable!("the script hangs"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(mock.requests().len(), 1);
}

#[test]
fn the_gateway_without_io_gives_requests_and_reads_responses() {
    let gateway = Gateway::new(config()).unwrap();
    let invoice = hosted();
    let create = gateway.create(&invoice);
    let path = "/base/api/btn-create-invoice/get/";
    assert_eq!(create.request().uri().path(), path);
    let (request, decoder) = create.into_parts();
    assert_eq!(request.uri().path(), path);
    assert!(
        decoder
            .decode(&nft_invoice::transport::Response::new(
                CREATED.as_bytes().to_vec().into()
            ))
            .is_ok()
    );
    let rejected = http::Response::new(r#"{"errorCode":50007}"#);
    assert!(matches!(
        decoder.decode(&rejected),
        Err(Error::Rejected { code: 50007, .. })
    ));
    let (request, decoder) = gateway.status(&"7".parse().unwrap()).into_parts();
    assert_eq!(request.uri().query(), Some("id=7"));
    assert!(decoder.decode(&http::Response::new("")).is_err());
}
