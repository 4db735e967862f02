//! The async transport of `nft-invoice`, on [reqwest](https://docs.rs/reqwest).
//!
//! One [`send`](nft_invoice_transport::Transport::send) opens one connection, writes one request, reads
//! one answer and closes. What it adds to reqwest is the verdict on a failure: whether the gateway can
//! have received the request.
//!
//! ```no_run
//! use nft_invoice_reqwest::{ReqwestTransport, TransportConfig};
//! use nft_invoice_transport::{Body, Request, Transport};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = ReqwestTransport::new(TransportConfig::default())?;
//! let mut request = Request::new(Body::from_static(b"{}"));
//! *request.method_mut() = http::Method::POST;
//! *request.uri_mut() = "https://gateway.example/create".parse()?;
//! match transport.send(request).await {
//!     Ok(answer) => println!("complete, status {}", answer.status()),
//!     Err(error) => println!("{error} ({:?})", error.delivery()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a failure says
//!
//! The request's body is handed to reqwest behind a [gate](nft_invoice_transport::SendGate) that only one side
//! can take: the body, when the connection asks for its bytes, or the error, when there is one first. An error that takes it is
//! [`NotSent`](nft_invoice_transport::Delivery::NotSent), and the body can never leave after that. In
//! every other case it is [`Unknown`](nft_invoice_transport::Delivery::Unknown). The kind and the message
//! of an error play no part in this. A request without a body has nothing to watch: its errors are all
//! `Unknown`.
//!
//! **Dropping the future** of a send in flight (a `select!`, a timeout around it, a closing program) is
//! `Unknown` too: the request may have left. No code runs that could tell; a gate that the caller put into
//! the request's extensions can.
//!
//! # TransportConfig
//!
//! | [`TransportConfig`] | default | |
//! |---|---|---|
//! | [`timeout`](TransportConfig::timeout) | 60 s | the whole send, to the last byte of the answer |
//! | [`connect_timeout`](TransportConfig::connect_timeout) | 10 s | name, connection, proxy and TLS handshake |
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
//! - unpack an answer: it does not ask for compression, and what comes compressed stays so.
//! - accept more than 1 MiB of answer, or less than all of it: a body that ends before its
//!   `Content-Length` or last chunk, by a reset, or without TLS's `close_notify` where the length was
//!   not given, is an error.
//! - trust the `Content-Length`, `Transfer-Encoding` or `Expect` of a request it is given: the framing
//!   is its own.
//! - print the key, the body or the URI, in any `Debug` or error.
//! - install anything process-wide. TLS is rustls with ring, handed to reqwest ready-made.
//!
//! The buffer behind the request's [`Body`](nft_invoice_transport::Body) is passed on without a copy and dropped after the send; what
//! hyper and rustls copy into their own buffers is not wiped.
//!
//! # Features
//!
//! `rustls` (default): https. Without it a request to an https URI is `NotSent`.
//!
//! A tokio runtime with I/O and time enabled must be running.
#![forbid(unsafe_code)]

mod body;
mod transport;

pub use nft_invoice_transport::{TransportConfig, TransportConfigError};
pub use transport::ReqwestTransport;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
