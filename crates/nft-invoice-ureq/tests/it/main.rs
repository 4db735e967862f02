//! ureq against faulty servers. Both adapters share these tests, which are files of nft-invoice-reqwest: only this
//! file and `contract.rs` differ.

mod contract;
#[path = "../../../nft-invoice-reqwest/tests/it/errors.rs"]
mod errors;
#[path = "../../../nft-invoice-reqwest/tests/it/faults.rs"]
mod faults;
#[path = "../../../nft-invoice-reqwest/tests/it/server.rs"]
mod server;
#[cfg(feature = "rustls")]
#[path = "../../../nft-invoice-reqwest/tests/it/tls.rs"]
mod tls;
#[path = "../../../nft-invoice-reqwest/tests/it/wire.rs"]
mod wire;

use nft_invoice_transport::{BlockingTransport, TransportConfig};
use nft_invoice_ureq::UreqTransport;

fn transport(config: TransportConfig) -> Box<dyn BlockingTransport> {
    Box::new(UreqTransport::new(config).unwrap())
}
