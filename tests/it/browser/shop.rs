use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::{get, post};
use nft_invoice_core::{Callback, Verifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::chromium::PATIENCE;

/// The sandbox signs with it unless it is told otherwise.
const SECRET: &str = "sandbox-secret";

const PICTURE: &str = include_str!("../../data/lighthouse.svg");

/// A merchant: the pages that customers come back to, a picture, and a receiver of callbacks.
pub struct Shop {
    address: SocketAddr,
    verifier: Arc<Mutex<Verifier>>,
    received: UnboundedReceiver<Result<Received, String>>,
}

/// A callback that can be believed, and the very request.
pub struct Received {
    pub callback: Callback,
    pub signature: Vec<u8>,
    pub body: Bytes,
}

/// Where the shop's receiver checks and leaves what comes.
#[derive(Clone)]
struct Letterbox {
    verifier: Arc<Mutex<Verifier>>,
    sender: UnboundedSender<Result<Received, String>>,
}

impl Shop {
    /// Opens one that lives as long as the test's runtime.
    pub async fn open() -> Self {
        let (sender, received) = unbounded_channel();
        let verifier = Arc::new(Mutex::new(verifier(SECRET)));
        let letterbox = Letterbox {
            verifier: Arc::clone(&verifier),
            sender,
        };
        let mut shop = Router::new().route("/callback", post(receive)).route(
            "/picture.svg",
            get(([(CONTENT_TYPE, "image/svg+xml")], PICTURE)),
        );
        for (path, title) in [
            ("/ok", "Thank you"),
            ("/bad", "Something went wrong"),
            ("/back", "Your cart"),
            ("/wait", "We are waiting"),
        ] {
            shop = shop.route(path, get(page(title)));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shop = shop.with_state(letterbox);
        tokio::spawn(async move { axum::serve(listener, shop).await });
        Self {
            address,
            verifier,
            received,
        }
    }

    /// From now on it believes what is signed with this secret, and nothing else.
    pub fn trusts(&self, secret: &str) {
        *self.verifier.lock().expect("no test has failed") = verifier(secret);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it asks the gateway to sell.
    pub fn order(&self) -> Value {
        json!({
            "email": "customer@shop.example",
            "amount": "15.04",
            "devise": "USD",
            "name": "Ada Example",
            "success_url": self.url("/ok"),
            "failure_url": self.url("/bad"),
            "cancel_url": self.url("/back"),
            "pending_url": self.url("/wait"),
            "nftImageUrls": self.url("/picture.svg"),
            "ipfsMetadata": {"name": "Lighthouse #7", "attributes": [
                {"trait_type": "Sky", "value": "Dawn"}, {"trait_type": "Edition", "value": "7 of 50"},
            ]},
            "nftDescription": "A lighthouse at dawn, number 7 of 50.",
            "checkoutMode": "nft",
        })
    }

    /// The next callback, in the order in which they came. One whose signature is wrong fails the test.
    pub async fn callback(&mut self) -> Callback {
        self.receives().await.callback
    }

    /// The next callback with its request.
    pub async fn receives(&mut self) -> Received {
        let next = timeout(PATIENCE, self.received.recv()).await;
        let next = next.expect("no callback came: see the sandbox's deliveries");
        next.expect("the receiver runs")
            .expect("a callback that can be believed")
    }
}

fn verifier(secret: &str) -> Verifier {
    Verifier::hmac_sha256(secret).expect("it is not empty")
}

async fn receive(
    State(letterbox): State<Letterbox>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let named = headers.iter().map(|(name, value)| (name, value.as_bytes()));
    let verifier = letterbox.verifier.lock().expect("no test has failed");
    let received = verifier.receive(named, &body).map(|callback| Received {
        callback,
        signature: headers["x-signature"].as_bytes().to_vec(),
        body,
    });
    let status = match received {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::FORBIDDEN,
    };
    // Nobody listens any more when the test is over.
    let _ = letterbox
        .sender
        .send(received.map_err(|error| error.to_string()));
    status
}

/// It says whether the browser runs scripts.
fn page(title: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><title>{title}</title><link rel=icon href='data:,'><h1>{title}</h1>\
         <p id=scripts>off</p><script>document.getElementById('scripts').textContent = 'on'</script>"
    ))
}
