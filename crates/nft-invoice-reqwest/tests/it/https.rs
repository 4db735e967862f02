use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_transport::{Body, Delivery, Request, Transport, TransportConfig};

#[tokio::test]
async fn https_without_its_feature_is_refused() {
    let transport = ReqwestTransport::new(TransportConfig::default()).unwrap();
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "https://gateway.invalid/create".parse().unwrap();
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.to_string().contains("feature `rustls`"), "{error}");
}
