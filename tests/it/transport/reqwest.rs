use nft_invoice::transport::{
    BlockingTransport, Request, Response, Transport, TransportConfig, TransportError,
};
use nft_invoice_reqwest::ReqwestTransport;
use tokio::runtime::Runtime;

#[path = "errors.rs"]
mod errors;
#[path = "faults.rs"]
mod faults;
#[path = "tls.rs"]
mod tls;
#[path = "wire.rs"]
mod wire;

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
