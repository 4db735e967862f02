//! The interface between `nft-invoice` and the HTTP client that carries its requests.
//!
//! Implement [`Transport`] (async) or [`BlockingTransport`] to use an HTTP client of your own. Nothing in this
//! crate knows what an invoice is. The gateway has no idempotency key, so besides moving bytes a transport has
//! to report correctly whether a failed request can be sent again.
//!
//! # The contract
//!
//! 1. **One `send` is at most one attempt.** No retry, no redirect, no replay on a stale connection: each of
//!    them can charge a customer twice or show the API key to another host.
//! 2. **Any complete HTTP response is `Ok`**, whatever its status. `Err` means that there was none.
//! 3. **[`TransportError::not_sent`] needs proof** that the first byte of the request's body never left. The
//!    kind or message of an error proves nothing: "connection closed" occurs before and after a server has
//!    read everything. When in doubt, use [`TransportError::unknown`].
//! 4. **A response is complete or it is an error.** A truncated body, a connection reset, or a TLS stream that
//!    ends without `close_notify` where the length was not given is [`TransportError::unknown`].
//! 5. **A future that is dropped in flight is [`Delivery::Unknown`]** to its caller, unless the caller kept the
//!    request's [`SendGate`] and can still take it.
//! 6. **Nothing of the request or the response is printed**: the body can hold a card, the response a
//!    payment page's token, the head an API key. [`Body`]'s `Debug` shows a length only.
//! 7. **The transport sets the framing itself**: one `Content-Length`, that of the body. A `Content-Length`,
//!    `Transfer-Encoding` or `Expect` among the given headers is not passed on.
//!
//! ```
//! use nft_invoice_transport::{BlockingTransport, Body, Request, Response, TransportError};
//!
//! /// Responds to every request with the same bytes.
//! #[derive(Debug)]
//! struct Canned(&'static [u8]);
//!
//! impl BlockingTransport for Canned {
//!     fn send(&self, _request: Request) -> Result<Response, TransportError> {
//!         Ok(Response::new(Body::from_static(self.0)))
//!     }
//! }
//!
//! let response = Canned(b"{}").send(Request::new(Body::empty())).unwrap();
//! assert_eq!(response.body().as_bytes(), b"{}");
//! ```
//!
//! # Feature flags
//!
//! | feature | default | |
//! |---|---|---|
//! | `rustls` | no | `TransportConfig::tls` and `TransportConfig::add_pem_roots`: TLS with rustls, ring and webpki's roots |
//! | `platform-roots` | no | `TransportConfig::platform_roots`: the operating system's certificate authorities |
//! | `http-body` | no | [`GatedBody`], for transports on hyper |
//! | `serde` | no | `Serialize` and `Deserialize` for `Delivery` |
#![forbid(unsafe_code)]

mod body;
mod config;
mod config_error;
mod deadline;
mod error;
mod gate;
#[cfg(feature = "http-body")]
mod gated_body;
mod phase;
mod prepare;
mod response;
#[cfg(feature = "rustls")]
mod tls;
mod uri;

use std::fmt::Debug;

pub use async_trait::async_trait;
pub use body::Body;
pub use config::TransportConfig;
pub use config_error::TransportConfigError;
pub use deadline::Deadline;
pub use error::{Delivery, TransportError};
pub use gate::{Cancelled, SendGate};
#[cfg(feature = "http-body")]
pub use gated_body::GatedBody;
pub use phase::Phase;
pub use prepare::is_read;
pub use response::{ResponseBody, ResponseTooLarge};
#[cfg(feature = "rustls")]
pub use rustls;
pub use uri::{check_uri, is_this_machine};

/// The maximum size of a response's body in bytes: 1 MiB. A larger response is [`Delivery::Unknown`].
pub const MAX_RESPONSE_SIZE: usize = 1_048_576;

/// An HTTP request with an absolute URI.
pub type Request = http::Request<Body>;

/// A complete HTTP response.
pub type Response = http::Response<Body>;

/// Sends requests to the gateway asynchronously.
///
/// See the [contract](crate#the-contract). Implement it with [`macro@async_trait`], which this crate re-exports.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends `request` once and returns the complete response, whatever its status.
    ///
    /// # Errors
    ///
    /// When there is no complete response.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Prepares for requests to the host of `uri`: a transport that opens connections ahead opens them. Does nothing by
    /// default. Sends no request.
    ///
    /// # Errors
    ///
    /// When the host cannot be reached, or the URI is not allowed. A request may succeed nevertheless.
    async fn warm_up(&self, _uri: &http::Uri) -> Result<(), TransportError> {
        Ok(())
    }
}

/// Sends requests to the gateway on the calling thread.
///
/// See the [contract](crate#the-contract).
pub trait BlockingTransport: Debug + Send + Sync {
    /// Sends `request` once and returns the complete response, whatever its status.
    ///
    /// # Errors
    ///
    /// When there is no complete response.
    fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
