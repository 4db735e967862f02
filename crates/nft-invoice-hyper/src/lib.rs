//! Hyper.
#![forbid(unsafe_code)]

mod connect;
mod connections;
mod exchange;
mod idle;
mod origin;
mod proxy;
mod race;
mod stream;
mod transport;

pub use connections::Connections;
pub use nft_invoice_transport::{TransportConfig, TransportConfigError};
pub use transport::HyperTransport;
