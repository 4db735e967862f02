use nft_invoice::transport::{BlockingTransport, TransportConfig};
use nft_invoice_reqwest::ReqwestTransport;

use super::blocking;

#[path = "errors.rs"]
mod errors;
#[path = "faults.rs"]
mod faults;
#[path = "tls.rs"]
mod tls;
#[path = "wire.rs"]
mod wire;

fn transport(config: TransportConfig) -> Box<dyn BlockingTransport> {
    blocking(ReqwestTransport::new(config).unwrap())
}
