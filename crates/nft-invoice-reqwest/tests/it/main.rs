//! reqwest against faulty servers. nft-invoice-ureq shares these tests: only this file and `contract.rs` differ.

mod contract;
mod errors;
mod faults;
mod server;
#[cfg(feature = "rustls")]
mod tls;
mod wire;

use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_transport::{
    BlockingTransport, Request, Response, Transport, TransportConfig, TransportError,
};
use tokio::runtime::Runtime;

/// A blocking transport whose runtime keeps connections running between sends.
#[derive(Debug)]
struct Blocking {
    transport: ReqwestTransport,
    runtime: Runtime,
}

impl BlockingTransport for Blocking {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}

fn transport(config: TransportConfig) -> Box<dyn BlockingTransport> {
    Box::new(Blocking {
        transport: ReqwestTransport::new(config).unwrap(),
        runtime: Runtime::new().unwrap(),
    })
}
