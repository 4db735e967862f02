//! A hostile server against ureq. The suite is the same for both adapters and lies with reqwest's: this
//! file is all that differs.

#[path = "../../../nft-invoice-reqwest/tests/it/faults.rs"]
mod faults;
#[path = "../../../nft-invoice-reqwest/tests/it/support.rs"]
mod support;
#[cfg(feature = "rustls")]
#[path = "../../../nft-invoice-reqwest/tests/it/tls.rs"]
mod tls;
#[path = "../../../nft-invoice-reqwest/tests/it/wire.rs"]
mod wire;

use nft_invoice_transport::BlockingTransport;
use nft_invoice_ureq::UreqTransport;
use support::Options;

fn transport(options: Options) -> Box<dyn BlockingTransport> {
    Box::new(UreqTransport::new(options).unwrap())
}
