//! The gateway: the clients of its calls, and how their results are reported.

pub mod http_client;
pub mod outcome;
pub mod rejection;

use std::sync::Arc;

use clap::ValueEnum;
use nft_invoice::transport::{
    BlockingTransport, Request, Response, Transport, TransportError, async_trait,
};
use nft_invoice::{ApiKey, Call, Client, Connections, Error};
use nft_invoice_ureq::UreqTransport;

use crate::exit::Failure;
use crate::options::gateway_settings::{GatewaySettings, unusable};

/// The HTTP library that sends a `create`.
#[derive(Clone, Copy, ValueEnum)]
pub enum TransportArg {
    Hyper,
    Reqwest,
    Ureq,
}

/// A client on one of them. hyper opens up to `ahead` connections for creates that follow.
pub fn client(
    transport: TransportArg,
    ahead: usize,
    settings: &GatewaySettings,
    base_url: String,
    key: ApiKey,
) -> Result<Client, Failure> {
    let config = settings.config(base_url, key)?;
    match transport {
        TransportArg::Hyper => {
            let connections = Connections {
                preopened: ahead,
                ..Connections::default()
            };
            Client::with_connections(config, connections)
        }
        TransportArg::Reqwest => Client::new(config),
        TransportArg::Ureq => {
            let transport = UreqTransport::new(settings.transport()?)
                .map_err(|error| Failure::usage(error.to_string()))?;
            Client::with_transport(config, OnThreads(Arc::new(transport)))
        }
    }
    .map_err(unusable)
}

/// A blocking transport, each request of which has a thread.
#[derive(Debug)]
struct OnThreads(Arc<UreqTransport>);

#[async_trait]
impl Transport for OnThreads {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let transport = Arc::clone(&self.0);
        let send = move || transport.send(request);
        let sent = tokio::task::spawn_blocking(send).await;
        sent.unwrap_or_else(|_| Err(TransportError::unknown("the transport has a bug")))
    }
}

/// A call with an unknown outcome.
pub fn lost(call: Call, reason: &'static str) -> Error {
    let source = TransportError::unknown(reason);
    Error::Transport { call, source }
}

/// A `create` that did not begin.
pub fn not_begun(reason: &'static str) -> Error {
    let (call, source) = (Call::Create, TransportError::not_sent(reason));
    Error::Transport { call, source }
}
