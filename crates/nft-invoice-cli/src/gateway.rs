use std::sync::Arc;
use std::sync::mpsc;

use clap::ValueEnum;
use nft_invoice::transport::{BlockingTransport, Request, Response, SendGate, TransportError};
use nft_invoice::{ApiKey, Call, Client, Created, Error, Invoice, blocking};

use crate::exit::Failure;
use crate::settings::{Settings, unusable};

/// The HTTP stack that carries a `create`.
#[derive(Clone, Copy, ValueEnum)]
pub enum TransportArg {
    Reqwest,
    Ureq,
}

/// A client on either of them.
pub enum Gateway {
    Reqwest(Client),
    Ureq(blocking::Client),
}

impl Gateway {
    pub fn new(
        transport: TransportArg,
        settings: &Settings,
        base_url: String,
        key: ApiKey,
    ) -> Result<Self, Failure> {
        let config = settings.config(base_url, key);
        match transport {
            TransportArg::Reqwest => Client::new(config).map(Self::Reqwest),
            TransportArg::Ureq => blocking::Client::new(config).map(Self::Ureq),
        }
        .map_err(unusable)
    }

    /// Sends `invoice` once. If the future is dropped and the latch can be taken, it was not received.
    pub async fn create(&self, invoice: Arc<Invoice>, latch: SendGate) -> Result<Created, Error> {
        match self {
            Self::Reqwest(client) => client.create_latched(&invoice, &latch).await,
            Self::Ureq(client) => {
                let client = client.clone();
                tokio::task::spawn_blocking(move || client.create_latched(&invoice, &latch))
                    .await
                    .unwrap_or_else(|_| Err(lost(Call::Create, "the transport has a bug")))
            }
        }
    }
}

/// The request that `invoice` would be. Nothing is sent.
pub fn rehearse(
    settings: &Settings,
    base_url: String,
    invoice: &Invoice,
) -> Result<Request, Failure> {
    /// Hands the request over instead of sending it.
    #[derive(Debug)]
    struct Rehearsal(mpsc::Sender<Request>);

    impl BlockingTransport for Rehearsal {
        fn send(&self, request: Request) -> Result<Response, TransportError> {
            let _ = self.0.send(request);
            Err(TransportError::not_sent("this is a rehearsal"))
        }
    }

    let (sender, receiver) = mpsc::channel();
    let key = ApiKey::new("no-key-is-needed").map_err(|e| Failure::usage(e.to_string()))?;
    let config = settings.config(base_url, key);
    let client = blocking::Client::with_transport(config, Rehearsal(sender)).map_err(unusable)?;
    // It fails by design; what it would have sent has been handed over.
    let _ = client.create(invoice);
    Ok(receiver.try_recv().expect("a create is one request"))
}

/// A call of which nobody knows what became.
pub fn lost(call: Call, reason: &'static str) -> Error {
    let source = TransportError::unknown(reason);
    Error::Transport { call, source }
}

/// A `create` that did not begin.
pub fn not_begun(reason: &'static str) -> Error {
    let (call, source) = (Call::Create, TransportError::not_sent(reason));
    Error::Transport { call, source }
}
