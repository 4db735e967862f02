//! A hostile server against reqwest. The suite is the same for both adapters: this file is all that
//! differs.

mod faults;
mod support;
#[cfg(feature = "rustls")]
mod tls;
mod wire;

use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_transport::{BlockingTransport, Request, Response, Transport, TransportError};
use support::Options;
use tokio::runtime::Runtime;

/// Worker threads of its own, so that connections live on while nobody waits for them.
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

fn transport(options: Options) -> Box<dyn BlockingTransport> {
    Box::new(Blocking {
        transport: ReqwestTransport::new(options).unwrap(),
        runtime: Runtime::new().unwrap(),
    })
}
