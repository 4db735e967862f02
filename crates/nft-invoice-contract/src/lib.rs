//! A test suite for transports of `nft-invoice`.
//!
//! The gateway has no idempotency key, so a transport has to report correctly whether a failed request can be sent
//! again. The suite serves a table of faults on loopback, from a refused connection to a truncated response, over
//! http and https. Each [`Row`] states which [`Delivery`](nft_invoice_transport::Delivery) is correct, which response
//! must be returned, how many complete requests the server may receive, and whether it may receive the API key
//! and the body.
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
//! let report = Contract::new().run(|config| MyTransport::new(config));
//! println!("{report}");
//! report.assert();
//! ```
//!
//! # Requirements of every row
//!
//! - A send is one attempt: it makes at most one connection, and no request arrives twice. Connections that a transport
//!   [opens ahead](Contract::opens_ahead) are not counted while they carry nothing.
//! - A create has a connection of its own, even with
//!   [`reuse_connections`](nft_invoice_transport::TransportConfig::reuse_connections).
//! - A request is framed by the transport's own `Content-Length`, whatever headers it was given.
//! - "Not sent" means that the server received no byte of the body.
//! - A host's first address that does not answer leaves time for the next one.
//! - A chunked body ends with its last chunk and an empty line. A response without them is truncated.
//! - The transport connects only to the server in the URI: not to a redirect's target, and not to a proxy.
//! - An error shows no API key, card number, CVC or token.
//! - A send returns, at the latest when a timeout of its
//!   [`TransportConfig`](nft_invoice_transport::TransportConfig) expires.
//!
//! # Requirements of the suite
//!
//! Each row has a transport of its own, built from that row's configuration. It must respect `timeout` and
//! `connect_timeout`, and trust `root_certificates`, which hold the suite's certificate authority in all rows but
//! one. The server finds the end of a create by its `Content-Length`: a row fails without it.
//!
//! A run takes about ten seconds, because each row with a timeout lasts as long as the timeout. The result does not
//! depend on the load of the machine: a row whose timeout expired before its fault occurred is repeated with a
//! longer one.
#![forbid(unsafe_code)]

mod authority;
mod contract;
mod peer;
mod report;
mod row;
mod rows;
mod server;
mod subject;
mod traffic;
mod trial;
mod verdict;

pub use contract::Contract;
pub use report::{Line, Report};
pub use row::Row;
pub use rows::rows;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
