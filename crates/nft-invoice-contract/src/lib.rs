//! The contract of a transport, as a test that anybody's transport can be put through.
//!
//! The gateway has no idempotency key, so a transport of `nft-invoice` stands or falls with one question:
//! *may this request be sent again?* The suite serves a table of faults on loopback, from a refused
//! connection to an answer cut short. Each [`Row`] says which
//! [`Delivery`](nft_invoice_transport::Delivery) is true, which answer has to arrive, how many complete
//! requests the server may have read, and whether it may have seen the key and the body.
//!
//! ```no_run
//! use nft_invoice_contract::Contract;
//! # use nft_invoice_transport::{Request, Response, TransportConfig, Transport, TransportError, async_trait};
//! # #[derive(Debug)]
//! # struct MyTransport;
//! # impl MyTransport {
//! #     fn new(_: TransportConfig) -> Self { Self }
//! # }
//! # #[async_trait]
//! # impl Transport for MyTransport {
//! #     async fn send(&self, _: Request) -> Result<Response, TransportError> { unreachable!() }
//! # }
//!
//! // In a test of your own:
//! let report = Contract::new().run(|settings| MyTransport::new(settings));
//! println!("{report}");
//! report.assert();
//! ```
//!
//! # What holds in every row
//!
//! - A send is one attempt: it makes one connection, and no request arrives twice.
//! - A create has a connection of its own, whatever
//!   [`TransportConfig::reuse_connections`](nft_invoice_transport::TransportConfig::reuse_connections) says.
//! - A request is framed by one `Content-Length` of the transport's own, whatever headers it came with.
//! - "Not sent" means that the server has no byte of the body.
//! - Nobody but the server that was named is talked to: not where a redirect points, no proxy.
//! - An error shows no key, card, verification code or token.
//! - A send ends, at the latest by the timeouts of its
//!   [`TransportConfig`](nft_invoice_transport::TransportConfig).
//!
//! # What the transport has to do for it
//!
//! Each row has a transport of its own, made with that row's settings: it must heed `timeout` and
//! `connect_timeout`, and trust `root_certificates`, among which is the suite's authority in all rows but
//! one. The server finds the end of a create by its `Content-Length`: a row fails without it.
//!
//! A run takes some seconds, for every stall lasts as long as the timeout that has to end it.
#![forbid(unsafe_code)]

mod authority;
mod contract;
mod judge;
mod peer;
mod report;
mod row;
mod rows;
mod server;
mod subject;
mod traffic;
mod trial;

pub use contract::Contract;
pub use report::{Line, Report};
pub use row::Row;
pub use rows::rows;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
