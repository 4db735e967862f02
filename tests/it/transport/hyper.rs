use nft_invoice::transport::{
    BlockingTransport, Request, Response, Transport, TransportConfig, TransportError,
};
use nft_invoice_hyper::{Connections, HyperTransport};
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
    transport: HyperTransport,
    runtime: Runtime,
}

impl BlockingTransport for Blocking {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}

/// Opens nothing ahead: the suite counts connections.
fn transport(config: TransportConfig) -> Box<dyn BlockingTransport> {
    let connections = Connections {
        preopened: 0,
        ..Connections::default()
    };
    Box::new(Blocking {
        transport: HyperTransport::with_connections(config, connections).unwrap(),
        runtime: Runtime::new().unwrap(),
    })
}
