//! Two ways to bring your own HTTP stack: a transport in front of another, and the gateway's calls without any I/O.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use nft_invoice::transport::{BlockingTransport, Request, Response, TransportError};
use nft_invoice::{ApiKey, Config, Date, Draft, Gateway, Rules, blocking, mock::MockTransport};
use nft_invoice_sandbox::Sandbox;

/// Counts requests. `{:?}` of a request shows neither the key nor the body.
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let rules = Rules::on(Date::new(2026, 1, 31).ok_or("this day exists")?);
    let invoice = Draft::new()
        .email("customer@shop.example")
        .amount("42")
        .validate(&rules)?;

    // A transport of your own.
    let response = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#;
    let transport = Counting {
        inner: MockTransport::new().respond_with(200, response),
        sent: Arc::default(),
    };
    let config = Config::new("https://gateway.example", ApiKey::new("secret-key")?);
    let client = blocking::Client::with_transport(config, transport.clone())?;
    assert!(client.create(&invoice)?.redirect_url().is_some());
    assert_eq!(transport.sent.load(Ordering::Relaxed), 1);

    // Any HTTP library, without a trait: the gateway makes the request and reads the response.
    let sandbox = Sandbox::builder().start().await?;
    let gateway = Gateway::new(Config::new(
        sandbox.base_url(),
        ApiKey::new(sandbox.api_key())?,
    ))?;
    let (request, decoder) = gateway.create(&invoice).into_parts();

    let authority = request
        .uri()
        .authority()
        .ok_or("an absolute URI")?
        .to_string();
    let stream = tokio::net::TcpStream::connect(&authority).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = request.map(|body| Full::new(body.into_bytes()));
    // hyper's connections leave the request line and the `host` header to the caller.
    let target = request.uri().path_and_query().ok_or("a path")?.as_str();
    *request.uri_mut() = target.parse()?;
    request.headers_mut().insert("host", authority.parse()?);
    // If anything fails from here on, the outcome is unknown: find the invoice, do not send it again.
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();

    let created = decoder.decode(&hyper::Response::from_parts(head, body))?;
    println!("created through hyper: {created:?}");
    assert_eq!(sandbox.invoices().len(), 1);
    Ok(())
}
