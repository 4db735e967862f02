use nft_invoice::transport::{BlockingTransport, TransportConfig};
use nft_invoice_hyper::{Connections, HyperTransport};

use super::blocking;

#[path = "errors.rs"]
mod errors;
#[path = "faults.rs"]
mod faults;
#[path = "tls.rs"]
mod tls;
#[path = "wire.rs"]
mod wire;

/// Opens nothing ahead: the suite counts connections.
fn transport(config: TransportConfig) -> Box<dyn BlockingTransport> {
    let connections = Connections {
        preopened: 0,
        ..Connections::default()
    };
    blocking(HyperTransport::with_connections(config, connections).unwrap())
}
