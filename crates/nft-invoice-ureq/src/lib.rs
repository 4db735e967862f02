//! The blocking transport of `nft-invoice`, on [ureq](https://docs.rs/ureq).
//!
//! One [`send`](nft_invoice_transport::BlockingTransport::send) opens one connection, writes one request,
//! reads one answer and closes. What it adds to ureq is the verdict on a failure: whether the gateway can
//! have received the request.
//!
//! ```no_run
//! use nft_invoice_transport::{BlockingTransport, Body, Request};
//! use nft_invoice_ureq::{TransportConfig, UreqTransport};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = UreqTransport::new(TransportConfig::default())?;
//! let mut request = Request::new(Body::from_static(b"{}"));
//! *request.method_mut() = http::Method::POST;
//! *request.uri_mut() = "https://gateway.example/create".parse()?;
//! match transport.send(request) {
//!     Ok(answer) => println!("complete, status {}", answer.status()),
//!     Err(error) => println!("{error} ({:?})", error.delivery()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a failure says
//!
//! The request's body is handed to ureq behind a [gate](nft_invoice_transport::SendGate) that only one side
//! can take: the body, when ureq first asks for its bytes, after there is a connection and the head has gone
//! out; or the error, when there is one first. An error that takes it is
//! [`NotSent`](nft_invoice_transport::Delivery::NotSent), any other
//! [`Unknown`](nft_invoice_transport::Delivery::Unknown). The kind and the message of an error play no
//! part in this. A request without a body has nothing to watch: its errors are all `Unknown`.
//!
//! # TransportConfig
//!
//! | [`TransportConfig`] | default | |
//! |---|---|---|
//! | [`timeout`](TransportConfig::timeout) | 60 s | the whole send, to the last byte of the answer |
//! | [`connect_timeout`](TransportConfig::connect_timeout) | 10 s | name; then connection, proxy and TLS handshake |
//! | [`root_certificates`](TransportConfig::root_certificates) | none | trusted beside webpki's roots |
//! | [`proxy`](TransportConfig::proxy) | none | the environment's is ignored |
//! | [`reuse`](TransportConfig::reuse_connections) | off | keeps connections open for reads |
//!
//! # What it never does
//!
//! - follow a redirect: it is an answer like any other. (The key would go along to another host.)
//! - send twice: no retries, and a request with a body always has a connection of its own. A kept-alive
//!   connection may be found dead too late, which would be an `Unknown` that a person must look at.
//! - talk plain http to another machine, whatever the URI says.
//! - read a proxy from the environment, or show a proxy more than the gateway's name and port.
//! - unpack an answer: it does not ask for compression, and what comes compressed stays so. Only where another
//!   crate of the build turns on ureq's `gzip` or `brotli` does ureq unpack it, to 1 MiB at most.
//! - accept more than 1 MiB of answer, or less than all of it: a body that ends before its
//!   `Content-Length` or last chunk, by a reset, or without TLS's `close_notify` where the length was
//!   not given, is an error.
//! - trust the `Content-Length`, `Transfer-Encoding` or `Expect` of a request it is given: the framing
//!   is its own.
//! - print the key, the body or the URI, in any `Debug` or error.
//! - install anything process-wide. TLS is rustls with ring, through a connector of this crate.
//!
//! ureq's output buffers are wiped after each write; what rustls copies into its own is not.
//!
//! **Logs.** ureq writes to the [`log`](https://docs.rs/log) facade. At level `trace` its `ureq_proto`
//! dumps the head of the request, the key with it, and all of the answer: do not set
//! `RUST_LOG=trace` (or `ureq_proto=trace`) where there is a real key.
//!
//! # Features
//!
//! `rustls` (default): https. Without it a request to an https URI is `NotSent`.
#![forbid(unsafe_code)]

mod body;
mod guard;
#[cfg(feature = "rustls")]
mod tls;
mod transport;

pub use nft_invoice_transport::{TransportConfig, TransportConfigError};
pub use transport::UreqTransport;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
