//! The seam between `nft-invoice` and whatever carries its requests.
//!
//! Implement [`Transport`] (async) or [`BlockingTransport`] to plug in your own HTTP stack; nothing in
//! here knows what an invoice is. The gateway has no idempotency key, so the one thing that a transport
//! must get right, beside moving bytes, is the answer to *may this request be sent again?*
//!
//! # The contract
//!
//! 1. **One `send` is at most one attempt.** No retry, no redirect followed, no replay on a stale
//!    connection: any of these can charge a customer twice or show the key to another host.
//! 2. **Any complete HTTP answer is `Ok`**, whatever its status. `Err` means that none was obtained.
//! 3. **[`TransportError::not_sent`] is claimed only by proof** that the first byte of the request's body
//!    never left. An error's kind or message proves nothing: "connection closed" comes before and after a
//!    server has read everything. When in doubt, [`TransportError::unknown`].
//! 4. **An answer is complete or it is an error.** A body cut short, a connection reset or a TLS stream
//!    that ends without `close_notify` is [`TransportError::unknown`].
//! 5. **A future that is dropped in flight is [`Delivery::Unknown`]** to its caller. No code of the
//!    transport runs that could say otherwise; a [`SendGate`] that the caller kept can.
//! 6. **Nothing of the request or the answer is printed**: the body can hold a card, the answer a
//!    payment page's token, the head a key. [`Body`]'s `Debug` shows a length only.
//! 7. **The framing is the transport's own**: one `Content-Length`, that of the body. A `Content-Length`,
//!    `Transfer-Encoding` or `Expect` among the given headers is not passed on.
//!
//! ```
//! use nft_invoice_transport::{BlockingTransport, Body, Request, Response, TransportError};
//!
//! /// Answers every request with the same bytes.
//! #[derive(Debug)]
//! struct Canned(&'static [u8]);
//!
//! impl BlockingTransport for Canned {
//!     fn send(&self, _request: Request) -> Result<Response, TransportError> {
//!         Ok(Response::new(Body::from_static(self.0)))
//!     }
//! }
//!
//! let answer = Canned(b"{}").send(Request::new(Body::empty())).unwrap();
//! assert_eq!(answer.body().as_bytes(), b"{}");
//! ```
#![forbid(unsafe_code)]

mod body;
mod error;
mod latch;
mod settings;
mod uri;

use std::fmt::Debug;

pub use async_trait::async_trait;
pub use body::Body;
pub use error::{Delivery, TransportError};
pub use latch::SendGate;
pub use settings::{TransportConfig, TransportConfigError};
pub use uri::check_uri;

/// The largest answer that a transport takes, in bytes: 1 MiB. A larger one is no complete answer.
pub const MAX_ANSWER: usize = 1_048_576;

/// An HTTP request: absolute URI, method, headers, body.
pub type Request = http::Request<Body>;

/// An HTTP answer, complete.
pub type Response = http::Response<Body>;

/// Carries one request to the gateway and its answer back, without blocking.
///
/// See the [contract](crate#the-contract). Implement it with [`macro@async_trait`], which this crate re-exports.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends `request` once. Any HTTP status is `Ok`; `Err` means that no complete answer was obtained.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Carries one request to the gateway and its answer back on the caller's thread.
///
/// See the [contract](crate#the-contract).
pub trait BlockingTransport: Debug + Send + Sync {
    /// Sends `request` once. Any HTTP status is `Ok`; `Err` means that no complete answer was obtained.
    fn send(&self, request: Request) -> Result<Response, TransportError>;
}
