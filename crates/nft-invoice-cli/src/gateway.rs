use std::sync::Arc;

use clap::ValueEnum;
use nft_invoice::transport::TransportError;
use nft_invoice::{ApiKey, Call, Cancellation, Client, Created, Error, Invoice, blocking};

use crate::exit::Failure;
use crate::gateway_settings::{GatewaySettings, unusable};

/// The HTTP library that sends a `create`.
#[derive(Clone, Copy, ValueEnum)]
pub enum TransportArg {
    Reqwest,
    Ureq,
}

/// A client on one of them.
pub enum Sender {
    Reqwest(Client),
    Ureq(blocking::Client),
}

impl Sender {
    pub fn new(
        transport: TransportArg,
        settings: &GatewaySettings,
        base_url: String,
        key: ApiKey,
    ) -> Result<Self, Failure> {
        let config = settings.config(base_url, key)?;
        match transport {
            TransportArg::Reqwest => Client::new(config).map(Self::Reqwest),
            TransportArg::Ureq => blocking::Client::new(config).map(Self::Ureq),
        }
        .map_err(unusable)
    }

    /// Sends `invoice` once.
    pub async fn create(
        &self,
        invoice: Arc<Invoice>,
        cancellation: Cancellation,
    ) -> Result<Created, Error> {
        match self {
            Self::Reqwest(client) => {
                client
                    .create_with_cancellation(&invoice, &cancellation)
                    .await
            }
            Self::Ureq(client) => {
                let client = client.clone();
                tokio::task::spawn_blocking(move || {
                    client.create_with_cancellation(&invoice, &cancellation)
                })
                .await
                .unwrap_or_else(|_| Err(lost(Call::Create, "the transport has a bug")))
            }
        }
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
