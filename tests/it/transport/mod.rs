//! The transports against faulty servers: one suite, which each of them includes.

mod hyper;
mod reqwest;
mod server;
mod ureq;

use nft_invoice::transport::{BlockingTransport, Request, Response, Transport, TransportError};
use tokio::runtime::Runtime;

/// Makes `transport` blocking. Its runtime keeps connections running between sends.
fn blocking(transport: impl Transport + 'static) -> Box<dyn BlockingTransport> {
    Box::new(Blocking {
        transport,
        runtime: Runtime::new().unwrap(),
    })
}

#[derive(Debug)]
struct Blocking<T> {
    transport: T,
    runtime: Runtime,
}

impl<T: Transport> BlockingTransport for Blocking<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}
