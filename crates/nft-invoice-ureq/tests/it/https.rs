use nft_invoice_transport::{BlockingTransport, Body, Delivery, Request, TransportConfig};
use nft_invoice_ureq::UreqTransport;

#[test]
fn https_without_its_feature_is_refused() {
    let transport = UreqTransport::new(TransportConfig::default()).unwrap();
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "https://gateway.invalid/create".parse().unwrap();
    let error = transport.send(request).unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.to_string().contains("feature `rustls`"), "{error}");
}
