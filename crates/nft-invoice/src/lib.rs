//! Creates NFT invoices at a card-payment gateway: validated before anything is sent, never sent twice, and without
//! leaking a card.
//!
//! An invoice is built from a [`Draft`], which reports every validation error at once. Only a valid [`Invoice`] can be
//! sent. [`Client`] (async) and [`blocking::Client`] have the same methods: `create`, `status`, `info`, `history`,
//! `find` and `confirm`.
//!
//! # Creating an invoice
//!
//! With the feature `reqwest`:
//!
#![cfg_attr(feature = "reqwest", doc = "```no_run")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! use std::time::SystemTime;
//! use nft_invoice::{ApiKey, Client, Config, Draft, Reference, Rules};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
//! let client = Client::new(Config::new("https://gateway.example", key))?;
//!
//! // Store the reference before sending: it finds the invoice if the response is lost.
//! let invoice = Draft::new()
//!     .email("customer@shop.example")
//!     .amount("15.04")
//!     .reference(Reference::new("order-7f3a")?)
//!     .validate(&Rules::at(SystemTime::now()))?;
//! match client.create(&invoice).await {
//!     Ok(created) => println!("redirect the customer to {:?}", created.redirect_url()),
//!     Err(error) if error.may_have_created() => println!("find it, do not send it again: {error}"),
//!     Err(error) if error.is_retryable() => println!("not sent, try again: {error}"),
//!     Err(error) => println!("not created, correct this first: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **Created is not paid.** The customer of a hosted invoice has yet to pay on the page. What a created S2S invoice
//! means is not documented: the card may have been declined, and if there is a
//! [`redirect_url`](Created::redirect_url), send the customer there, probably for 3-D Secure.
//!
//! The outcome arrives through a callback. Without one, look for it: `find` the invoice by its reference, which
//! returns its id, and read its `info` from time to time until [`may_credit`](InvoiceStatus::may_credit) or
//! [`is_final`](InvoiceStatus::is_final) returns true.
//!
//! # Receiving callbacks
//!
//! A callback says only which invoice to read: its status can be old, repeated or forged. `confirm` reads the infos and
//! compares them with what was [`Expected`], which the shop stores with the order before the create. Signatures need
//! the feature `callback`:
//!
#![cfg_attr(feature = "callback", doc = "```")]
#![cfg_attr(not(feature = "callback"), doc = "```ignore")]
//! use nft_invoice::{CallbackError, Confirmation, Expected, Reference, Verifier, blocking};
//!
//! /// Returns the HTTP status of the shop's response.
//! fn receive(
//!     headers: &[(String, String)],
//!     body: &[u8],
//!     verifier: &Verifier,
//!     client: &blocking::Client,
//!     stored: impl Fn(Reference) -> Option<Expected>,
//! ) -> u16 {
//!     let headers = headers.iter().map(|(name, value)| (name, value));
//!     let callback = match verifier.receive(headers, body) {
//!         Ok(callback) => callback,
//!         Err(CallbackError::Unreadable(_)) => return 400,
//!         Err(_) => return 403,
//!     };
//!     let Some(expected) = callback.reference().and_then(stored) else {
//!         return 200;
//!     };
//!     match client.confirm(&callback, &expected) {
//!         Ok(Confirmation::Paid(_)) => println!("deliver, unless it was delivered before"),
//!         Ok(Confirmation::NotPaid(info)) => println!("its status is {}", info.status),
//!         Ok(Confirmation::Mismatch { fields, .. }) => println!("do not deliver: {fields:?}"),
//!         Ok(Confirmation::WithoutId) => return 400,
//!         Err(_) => return 503,
//!     }
//!     200
//! }
//! ```
//!
//! In axum, `verifier.receive(&headers, &body)` takes a `HeaderMap` and `Bytes` as they are.
//!
//! The customer's browser can return to the shop before the callback arrives, and anyone can open that URL. So a return
//! page shows what is stored, or that the payment is being confirmed, and never delivers.
//!
//! Which responses make the gateway send a callback again is not documented. These say what happened:
//!
//! | callback | respond |
//! |---|---|
//! | signature missing, repeated or wrong | 403 |
//! | signed, but unreadable or without an id | 400 |
//! | no reference, or that of no order of the shop | 200: sending it again changes nothing |
//! | paid, not paid, mismatch | 200, after the result was stored |
//! | infos that cannot be read, or a result that cannot be stored | 503, so that it may be sent again |
//!
//! # Recovering a lost response
//!
//! With the feature `ureq`:
//!
#![cfg_attr(feature = "ureq", doc = "```no_run")]
#![cfg_attr(not(feature = "ureq"), doc = "```ignore")]
//! use nft_invoice::{ApiKey, Config, FindOptions, FindResult, Reference, blocking};
//!
//! # fn demo(key: ApiKey) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("https://gateway.example", key).history_path("/api/invoice/history/");
//! let client = blocking::Client::new(config)?;
//!
//! match client.find(&Reference::new("order-7f3a")?, FindOptions::default())? {
//!     FindResult::Found(found) => println!("invoice {}: {}", found.id, found.info.status),
//!     // Weak evidence: the create can still arrive.
//!     FindResult::NotFound(searched) => println!("not among {} invoices", searched.invoices),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # A transport of your own
//!
//! Any HTTP stack can carry the requests: as a [`Transport`](transport::Transport), or through [`Gateway`], which
//! turns calls into requests and responses into results without any I/O. Read
//! [the contract](transport#the-contract) first: what a transport must get right is whether the gateway can have
//! received a request.
//!
//! ```
//! use nft_invoice::transport::{BlockingTransport, Body, Request, Response, TransportError};
//! use nft_invoice::{ApiKey, Config, Date, Draft, Rules, blocking};
//!
//! /// Accepts everything.
//! #[derive(Debug)]
//! struct Yes;
//!
//! impl BlockingTransport for Yes {
//!     fn send(&self, _: Request) -> Result<Response, TransportError> {
//!         let body = br#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay"}"#;
//!         Ok(Response::new(Body::from_static(body)))
//!     }
//! }
//!
//! let config = Config::new("https://gateway.example", ApiKey::new("key")?);
//! let client = blocking::Client::with_transport(config, Yes)?;
//! let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
//! let invoice = Draft::new().email("a@b.example").amount("42").validate(&rules)?;
//! assert!(client.create(&invoice)?.redirect_url().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Error handling
//!
//! | [`Error`] | what happened | [`delivery`](Error::delivery) | send again? |
//! |---|---|---|---|
//! | [`Config`](Error::Config) | a setting is missing | `NotSent` | after it is set |
//! | [`Transport`](Error::Transport) | no complete response | `NotSent` | yes |
//! | | | `Unknown` | **no: find it** |
//! | [`Rejected`](Error::Rejected) | the gateway rejected the call | `Responded` | after correcting the reason |
//! | [`Unreadable`](Error::Unreadable) | the response cannot be understood | `Responded` | **no: find it** |
//!
//! The last column is about `create`; reads can always be repeated. [`Error::may_have_created`] and
//! [`Error::is_safe_to_resend`] decide, and [`Retry`] repeats. The future of a `create` that is dropped has an unknown outcome, too, unless a
//! [`Cancellation`] proves that it was not sent.
//!
//! # Feature flags
//!
//! All are additive, and none puts a type of an HTTP library into a signature.
//!
//! | feature | adds |
//! |---|---|
//! | `reqwest` | `Client::new` |
//! | `hyper` | `Client::with_connections`, which opens connections ahead |
//! | `ureq` | `blocking::Client::new` |
//! | `rustls` (default) | https in whichever of the three is on |
//! | `platform-roots` | [`TransportConfig::platform_roots`](transport::TransportConfig::platform_roots) |
//! | `mock` | the scripted transport, as `mock` |
//! | `serde` | `Deserialize` for `Draft`, `Serialize` and `Deserialize` for values, responses, callbacks, `Expected` and `Delivery` |
//! | `random` | `Reference::random` |
//! | `callback` | `Verifier`, the check of a callback's signature |
//! | `tracing` | one span a call: call, outcome, delivery, HTTP status, gateway code, duration in ms |
#![forbid(unsafe_code)]

pub mod blocking;
mod cancellation;
mod client;
mod config;
mod confirm;
mod error;
mod find;
mod gateway;
mod observe;
mod paging;
mod retry;

pub use cancellation::Cancellation;
pub use client::{Client, Finder, History};
pub use config::{Config, ConfigError};
pub use confirm::{Confirmation, Expected, MismatchedField};
pub use error::{Error, UnreadableResponse};
pub use find::{FindOptions, FindResult, Match, Searched};
pub use gateway::{Decoder, Gateway, Prepared};
#[doc(inline)]
pub use nft_invoice_core::*;
#[cfg(feature = "hyper")]
pub use nft_invoice_hyper::Connections;
#[cfg(feature = "mock")]
pub use nft_invoice_mock as mock;
pub use nft_invoice_transport as transport;
pub use retry::Retry;

/// The README's samples.
#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
