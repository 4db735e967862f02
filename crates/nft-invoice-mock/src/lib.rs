//! A scripted transport for tests of code that uses `nft-invoice`, async and blocking.
//!
//! Script the outcome of each send in order, give a clone to the client, and inspect the requests through the
//! transport you kept.
//!
//! ```
//! use nft_invoice_mock::MockTransport;
//! use nft_invoice_transport::{BlockingTransport, Body, Delivery, Request};
//!
//! let mock = MockTransport::new()
//!     .respond_with(200, r#"{"errorCode":0}"#)
//!     .unknown("the connection broke");
//! let client = mock.clone();
//!
//! let response = client.send(Request::new(Body::from_static(b"first"))).unwrap();
//! assert_eq!(response.body().as_bytes(), br#"{"errorCode":0}"#);
//! let error = client.send(Request::new(Body::from_static(b"second"))).unwrap_err();
//! assert_eq!(error.delivery(), Delivery::Unknown);
//!
//! let sent = mock.requests();
//! assert_eq!(sent.len(), 2);
//! assert_eq!(sent[1].body(), b"second");
//! ```
//!
//! A send after the end of the script fails with [`NotSent`](nft_invoice_transport::Delivery::NotSent). Use
//! [`MockTransport::from_fn`] where the response depends on the request.
#![forbid(unsafe_code)]

mod recorded;
mod transport;

pub use recorded::RecordedRequest;
pub use transport::MockTransport;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
