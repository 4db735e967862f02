//! The async transport of `nft-invoice` for those who create many invoices, on [hyper](https://docs.rs/hyper).
//!
//! A create must have a connection of its own: over one that has carried a request, a server may close it in the moment
//! in which the create is sent, and then nobody knows whether it arrived. But opening a connection takes two round trips
//! with TLS 1.3, and a create one. So this transport opens connections **ahead**: each create opens one in the background
//! for a later create, which takes it, used by nobody before, and needs one round trip in place of three. This saves
//! time, not work: with https a create costs the client about five times the CPU time that it costs over a connection
//! that has carried a request.
//!
//! ```no_run
//! use nft_invoice_hyper::{Connections, HyperTransport, TransportConfig};
//! use nft_invoice_transport::{Body, Request, Transport};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let connections = Connections { preopened: 32, ..Connections::default() };
//! let transport = HyperTransport::with_connections(TransportConfig::default(), connections)?;
//! // Optional: before the rush begins.
//! transport.warm_up(&"https://gateway.example/create".parse()?).await?;
//!
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
//! A tokio runtime with I/O and time enabled must be running. Connections end with the runtime that they were opened on.
//!
//! # Connections that were opened ahead
//!
//! - None is opened before the first create, unless [`warm_up`](nft_invoice_transport::Transport::warm_up) asks for it,
//!   and none by a transport that is idle: connections that are not used expire after
//!   [`max_age`](Connections::max_age), 8 seconds by default, and only a create opens the next.
//! - A connection whose other end closes it, or sends anything, is closed at once. TLS records without data, such as
//!   session tickets, do not count. Immediately before a connection is used, the operating system is asked again.
//! - A failure to open a connection ahead is no failure of a create: the next one opens its own.
//! - They are closed with the last clone of the transport.
//!
//! What remains is a server that closes an idle connection in the very moment in which a create is written to it:
//! within one round trip, because the closure is then on its way. Such a create is
//! [`Unknown`](nft_invoice_transport::Delivery::Unknown), as with any connection that is cut. A server that closes
//! unused connections after 10 seconds or more never does so, because none gets that old here. One that closes them at
//! random moments, once in `T` on average, hits a create with the probability of one round trip in `T`: with 20 ms and a
//! minute, 1 in 3,000.
//!
//! # Errors
//!
//! Opening a connection and sending a request are separate steps here, so a failure of the first is certain to be
//! [`NotSent`](nft_invoice_transport::Delivery::NotSent). Then hyper gets the body behind a
//! [send gate](nft_invoice_transport::SendGate), which is opened when the connection asks for the first byte of the body.
//! Whoever takes it first decides: an error that can take it is `NotSent`, and the body can no longer leave; every other
//! error is `Unknown`. The kind and the message of an error are not considered. A request without a body has no gate, so
//! its errors are `Unknown` unless the request was refused before connecting.
//!
//! The text of an error is its cause and its phase, such as `connection refused while connecting`.
//!
//! **Dropping the future** of a send in flight (`select!`, a timeout around it, a program that ends) closes its
//! connection at once and is `Unknown`, because no code runs that could report more. A send gate in the request's
//! extensions can still prove that nothing was sent.
//!
//! # Configuration
//!
//! See [`TransportConfig`] and [`Connections`]. `timeout` limits the whole send, `connect_timeout` the host name, the
//! connection, the proxy and the TLS handshake together.
//!
//! The addresses of a host are tried in order, the IP versions taking turns. Each has a head start of 250 ms over the
//! next one, and the first that accepts wins
//! ([Happy Eyeballs](https://www.rfc-editor.org/rfc/rfc8305)).
//!
//! # Guarantees
//!
//! - **One attempt.** No retries and no redirects: a redirect is returned as a response. A create has a connection that has
//!   carried no request, unless [`reuse_for_creates`](Connections::reuse_for_creates) is set.
//! - **No plain http** to other machines, except to the hosts in `insecure_hosts`.
//! - **No proxy from the environment.** A configured proxy sees the gateway's host name and port, not the request.
//! - **No decompression.** None is asked for, and a compressed response is returned as it is.
//! - **Complete responses only**, with a head of up to 64 KiB and a body of up to 1 MiB: a body that ends before its
//!   `Content-Length` or last chunk, with a reset, or without TLS's `close_notify` where the length was not given, is an
//!   error.
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

mod connect;
mod connections;
mod exchange;
mod http_connection;
mod idle;
mod origin;
mod proxy;
mod race;
mod stream;
mod transport;

pub use connections::Connections;
pub use nft_invoice_transport::{TransportConfig, TransportConfigError};
pub use transport::HyperTransport;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
