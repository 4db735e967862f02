//! The blocking transport of `nft-invoice`, on [ureq](https://docs.rs/ureq).
//!
//! One [`send`](nft_invoice_transport::BlockingTransport::send) opens one connection, writes one request, reads one
//! response and closes the connection. A failed send reports whether the gateway can have received the request.
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
//!     Ok(response) => println!("complete, status {}", response.status()),
//!     Err(error) => println!("{:?}: {error}", error.delivery()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! The request's body is handed to ureq behind a [send gate](nft_invoice_transport::SendGate), which is opened when
//! ureq asks for the first byte of the body, after it has connected and written the head. Whoever takes it first decides: an error that can take it is
//! [`NotSent`](nft_invoice_transport::Delivery::NotSent), and the body can no longer leave; every other error is
//! [`Unknown`](nft_invoice_transport::Delivery::Unknown). The kind and the message of an error are not considered. A
//! request without a body has no gate, so its errors are `Unknown` unless the request was refused before connecting.
//!
//! The text of an error is its cause and its phase, such as `connection refused while connecting`.
//!
//! # Configuration
//!
//! See [`TransportConfig`]. `timeout` limits the whole send. `connect_timeout` limits the look-up of the host name,
//! and after it the connection, the proxy and the TLS handshake together.
//!
//! The addresses of a host are tried in order. One that does not answer costs 500 ms, or less if that would use up half
//! of the connect timeout. If all of them are that slow, they are tried again with the rest of the connect timeout.
//!
//! The look-up of a host name takes a thread of its own, which lives until the look-up ends: some tens of microseconds
//! for each send in addition to the look-up itself. An IP address takes none.
//!
//! A server cannot delay the end of a timeout, however much it sends.
//!
//! # Guarantees
//!
//! - **One attempt.** No retries and no redirects: a redirect is returned as a response. A request with a body
//!   always has a connection of its own.
//! - **No plain http** to other machines, except to the hosts in `insecure_hosts`.
//! - **No proxy from the environment.** A configured proxy sees the gateway's host name and port, not the request.
//! - **No decompression.** None is asked for, and a compressed response is returned as it is, unless another crate
//!   of the build turns on ureq's `gzip` or `brotli`.
//! - **Complete responses only**, up to 1 MiB: a body that ends before its `Content-Length` or last chunk, with a
//!   reset, or without TLS's `close_notify` where the length was not given, is an error.
//! - **Its own framing.** A given `Content-Length`, `Transfer-Encoding` or `Expect` is replaced.
//! - **No secrets** in `Debug` or errors: no key, no body, no URI.
//! - **Nothing process-wide.** TLS is rustls with ring, through a connector of this crate.
//!
//! ureq's output buffers are wiped after each write. What rustls copies into its own buffers is not.
//!
//! # Logging
//!
//! ureq writes to the [`log`](https://docs.rs/log) facade. At level `trace` its crate `ureq_proto` prints the head
//! of the request, with the API key, and the whole response: do not set `RUST_LOG=trace` (or `ureq_proto=trace`) with
//! a real key.
//!
//! # Feature flags
//!
//! | feature | default | |
//! |---|---|---|
//! | `rustls` | yes | https; without it a request to an https URI is `NotSent` |
//! | `platform-roots` | no | [`TransportConfig::platform_roots`]: the operating system's certificate authorities |
#![forbid(unsafe_code)]

mod address;
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
