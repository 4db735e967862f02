//! Plugs in a transport of your own: here one that counts, in front of another.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nft_invoice::transport::{BlockingTransport, Request, Response, TransportError};
use nft_invoice::{ApiKey, Config, Draft, Rules, blocking, mock::MockTransport};

/// Counts what goes out. `{:?}` of the request would show neither the key nor the body.
#[derive(Clone, Debug)]
struct Counting<T> {
    inner: T,
    sent: Arc<AtomicU32>,
}

impl<T: BlockingTransport> BlockingTransport for Counting<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        println!("sending {request:?}");
        // One send is one attempt: a retry here could charge a customer twice.
        self.inner.send(request)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let answer = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#;
    let transport = Counting {
        inner: MockTransport::new().answer(200, answer),
        sent: Arc::default(),
    };
    let config = Config::new("https://gateway.example", ApiKey::new("secret-key")?);
    let client = blocking::Client::with_transport(config, transport.clone())?;

    let order =
        br#"{"email":"customer@shop.example","amount":42,"devise":"USD","checkoutMode":"nft"}"#;
    let invoice = Draft::from_json(order)?.validate(&Rules::new("2026-01-31".parse()?))?;
    let created = client.create(&invoice)?;
    println!("{created:?}: the page's URL carries a token, so ask for it by name");
    assert!(created.redirect_url().is_some());
    assert_eq!(transport.sent.load(Ordering::Relaxed), 1);
    Ok(())
}
