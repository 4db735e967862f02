//! Clients as a shop would write them by hand: serde_json, an HTTP library with a time limit, and no more.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::gateway::Server;

/// The path of the call.
pub const PATH: &str = "/api/btn-create-invoice/get/";
pub const KEY: &str = "sandbox-key";
const LIMIT: Duration = Duration::from_secs(60);

/// The body of the call, of texts that are ready to be sent.
#[derive(Clone, Copy, Serialize)]
pub struct Order {
    email: &'static str,
    amount: &'static str,
    devise: &'static str,
    success_url: &'static str,
    cancel_url: &'static str,
    pending_url: &'static str,
    failure_url: &'static str,
    #[serde(rename = "callbackJson")]
    callback_json: &'static str,
    #[serde(rename = "nftImageUrls")]
    nft_image_urls: &'static str,
    #[serde(rename = "ipfsMetadata")]
    ipfs_metadata: &'static str,
    #[serde(rename = "nftDescription")]
    nft_description: &'static str,
    #[serde(rename = "checkoutMode")]
    checkout_mode: &'static str,
}

/// The invoice in `examples/invoices/hosted.json`.
pub const ORDER: Order = Order {
    email: "customer@shop.example",
    amount: "15.04",
    devise: "USD",
    success_url: "https://shop.example/thanks",
    cancel_url: "https://shop.example/cart",
    pending_url: "https://shop.example/pending",
    failure_url: "https://shop.example/sorry",
    callback_json: r#"{"order": "A-1001"}"#,
    nft_image_urls: "https://cdn.shop.example/nft/7.png",
    ipfs_metadata: r#"{"name": "Lighthouse #7", "attributes": [{"trait_type": "sky", "value": "dawn"}]}"#,
    nft_description: "A lighthouse at dawn, number 7 of 50",
    checkout_mode: "nft",
};

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "errorCode")]
    error_code: i64,
    #[serde(rename = "redirectUrl")]
    redirect_url: String,
}

impl Answer {
    fn page(self) -> String {
        assert_eq!(self.error_code, 0);
        self.redirect_url
    }
}

pub struct HyperUtil {
    client: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
}

impl HyperUtil {
    pub fn new(server: &Server, reuses: bool) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(server.tls())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let mut client = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        if !reuses {
            client.pool_max_idle_per_host(0);
        }
        Self {
            client: client.build(connector),
            uri: format!("{}{PATH}", server.url()).parse().expect("a URI"),
        }
    }

    pub async fn create(&self, order: &Order) -> String {
        let body = serde_json::to_vec(order).expect("it is written");
        let json = HeaderValue::from_static("application/json");
        let request = Request::post(self.uri.clone())
            .header(ACCEPT, json.clone())
            .header(CONTENT_TYPE, json)
            .header("api-key", KEY)
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let exchange = async {
            let response = self.client.request(request).await.expect("a response");
            response.into_body().collect().await.expect("a body")
        };
        let body = tokio::time::timeout(LIMIT, exchange).await;
        let body = body.expect("in time").to_bytes();
        let answer: Answer = serde_json::from_slice(&body).expect("an answer");
        answer.page()
    }
}

pub struct Reqwest {
    client: reqwest::Client,
    url: String,
}

impl Reqwest {
    pub fn new(server: &Server, reuses: bool) -> Self {
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(server.tls())
            .no_proxy()
            .timeout(LIMIT);
        if !reuses {
            client = client.pool_max_idle_per_host(0);
        }
        Self {
            client: client.build().expect("a client"),
            url: format!("{}{PATH}", server.url()),
        }
    }

    pub async fn create(&self, order: &Order) -> String {
        let request = self.client.post(&self.url).json(order);
        let request = request
            .header(ACCEPT, "application/json")
            .header("api-key", KEY);
        let response = request.send().await.expect("a response");
        let answer: Answer = response.json().await.expect("an answer");
        answer.page()
    }
}

pub struct Ureq {
    agent: ureq::Agent,
    url: String,
}

impl Ureq {
    pub fn new(server: &Server, reuses: bool) -> Self {
        let roots: Vec<_> = server
            .root
            .iter()
            .map(|root| Certificate::from_der(root).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let idle = if reuses { 64 } else { 0 };
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .timeout_global(Some(LIMIT))
            .max_idle_connections(idle)
            .max_idle_connections_per_host(idle)
            .build();
        Self {
            agent: config.into(),
            url: format!("{}{PATH}", server.url()),
        }
    }

    pub fn create(&self, order: &Order) -> String {
        let request = self.agent.post(&self.url);
        let request = request
            .header("accept", "application/json")
            .header("api-key", KEY);
        let mut response = request.send_json(order).expect("a response");
        let answer: Answer = response.body_mut().read_json().expect("an answer");
        answer.page()
    }
}
