//! The async transport of `nft-invoice`, on [reqwest](https://docs.rs/reqwest).
//!
//! One [`send`](nft_invoice_transport::Transport::send) opens one connection, writes one request, reads one response
//! and closes the connection. A failed send reports whether the gateway can have received the request.
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
//!     Ok(response) => println!("complete, status {}", response.status()),
//!     Err(error) => println!("{:?}: {error}", error.delivery()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A tokio runtime with I/O and time enabled must be running.
//!
//! # Errors
//!
//! The request's body is handed to reqwest behind a [send gate](nft_invoice_transport::SendGate), which is opened
//! when the connection asks for the first byte of the body. Whoever takes it first decides: an error that can take it is
//! [`NotSent`](nft_invoice_transport::Delivery::NotSent), and the body can no longer leave; every other error is
//! [`Unknown`](nft_invoice_transport::Delivery::Unknown). The kind and the message of an error are not considered. A
//! request without a body has no gate, so its errors are `Unknown` unless the request was refused before connecting.
//!
//! The text of an error is its cause and its phase, such as `connection refused while connecting`.
//!
//! **Dropping the future** of a send in flight (`select!`, a timeout around it, a program that ends) is `Unknown` too,
//! because no code runs that could report more. A send gate in the request's extensions can still prove that
//! nothing was sent.
//!
//! # Configuration
//!
//! See [`TransportConfig`]. `timeout` limits the whole send, `connect_timeout` the host name, the connection, the proxy
//! and the TLS handshake together.
//!
//! The addresses of a host are tried in order. Those of the other IP version join in after 300 ms. Within one version
//! each address has an equal share of the connect timeout, so that of two IPv4 addresses a first one that does not
//! answer costs half of it: 5 seconds by default.
//!
//! Over https a send ends with its `timeout`. Over plain http, which only goes to this machine and the hosts in `insecure_hosts`, a
//! server that floods the connection with a chunk size that never ends, or with informational responses, can
//! delay the end of a send by about a second, and by several in a build without optimization: hyper reads up to 128
//! times 400 KiB before it lets the runtime look at its timers. hyper's `http1_max_buf_size` would prevent this, but
//! reqwest offers neither that setting nor access to the connection. Such a send is `Unknown`, like any other that
//! times out.
//! [`event_interval(1)`](https://docs.rs/tokio/1/tokio/runtime/struct.Builder.html#method.event_interval) of tokio's
//! runtime builder makes the delay less than a second.
//!
//! # Guarantees
//!
//! - **One attempt.** No retries and no redirects: a redirect is returned as a response. A request with a body
//!   always has a connection of its own.
//! - **No plain http** to other machines, except to the hosts in `insecure_hosts`.
//! - **No proxy from the environment.** A configured proxy sees the gateway's host name and port, not the request.
//! - **No decompression.** None is asked for, and a compressed response is returned as it is.
//! - **Complete responses only**, up to 1 MiB: a body that ends before its `Content-Length` or last chunk, with a
//!   reset, or without TLS's `close_notify` where the length was not given, is an error.
//! - **Its own framing.** A given `Content-Length`, `Transfer-Encoding` or `Expect` is replaced.
//! - **No secrets** in `Debug` or errors: no key, no body, no URI.
//! - **Nothing process-wide.** TLS is rustls with ring, configured for each transport.
//!
//! The buffer behind the request's [`Body`](nft_invoice_transport::Body) is passed on without a copy and dropped after
//! the send. What hyper and rustls copy into their own buffers is not wiped.
//!
//! # Feature flags
//!
//! | feature | default | |
//! |---|---|---|
//! | `rustls` | yes | https; without it a request to an https URI is `NotSent` |
//! | `platform-roots` | no | [`TransportConfig::platform_roots`]: the operating system's certificate authorities |
#![forbid(unsafe_code)]

mod transport;

pub use nft_invoice_transport::{TransportConfig, TransportConfigError};
pub use transport::ReqwestTransport;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
