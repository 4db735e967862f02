//! Creates NFT invoices at a card-payment gateway: checked before sending, never charged twice, never
//! leaking a card.
//!
//! An invoice is checked first, against the gateway's own rules and all of them at once. What passes is an
//! [`Invoice`], and only that can be sent. [`Client`] (async) and [`blocking::Client`] make the four calls:
//! `create`, `status`, `info`, `history`.
//!
//! # Async
//!
//! Feature `reqwest`.
//!
#![cfg_attr(feature = "reqwest", doc = "```no_run")]
#![cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
//! use nft_invoice::{ApiKey, Client, Config, Date, Draft, Rules};
//!
//! # async fn demo(today: Date) -> Result<(), Box<dyn std::error::Error>> {
//! let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
//! let client = Client::new(Config::new("https://gateway.example", key))?;
//!
//! let order = br#"{"email":"jane@shop.example","amount":"15.04","devise":"USD","checkoutMode":"nft"}"#;
//! let invoice = Draft::from_json(order)?.validate(&Rules::new(today))?;
//! match client.create(&invoice).await {
//!     Ok(created) => println!("send the customer to {:?}", created.redirect_url()),
//!     Err(error) if error.is_safe_to_resend() => println!("not sent: {error}"),
//!     Err(error) => println!("look it up, do not repeat it: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Blocking
//!
//! Feature `ureq`.
//!
#![cfg_attr(feature = "ureq", doc = "```no_run")]
#![cfg_attr(not(feature = "ureq"), doc = "```ignore")]
//! use nft_invoice::{ApiKey, Config, HistoryQuery, blocking};
//!
//! # fn demo(key: ApiKey) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("https://gateway.example", key).history_path("/api/invoice/history/");
//! let client = blocking::Client::new(config)?;
//!
//! println!("{:?}", client.status(&"1689".parse()?)?);
//! for page in client.history(HistoryQuery::default()) {
//!     println!("{} invoices", page?.list.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # A transport of your own
//!
//! Any HTTP stack will do, and so will a mock. Read [the contract](transport#the-contract) first: what a
//! transport must get right is whether a request can have been received.
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
//!     fn send(&self, _request: Request) -> Result<Response, TransportError> {
//!         let page = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay"}"#;
//!         Ok(Response::new(Body::from_static(page.as_bytes())))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("https://gateway.example", ApiKey::new("key")?);
//! let client = blocking::Client::with_transport(config, Yes)?;
//!
//! let order = br#"{"email":"jane@shop.example","amount":42,"devise":"USD","checkoutMode":"nft"}"#;
//! let today = Date::new(2025, 1, 1).unwrap();
//! let invoice = Draft::from_json(order)?.validate(&Rules::new(today))?;
//! let created = client.create(&invoice)?;
//! assert_eq!(created.redirect_url(), Some("https://gateway.example/pay"));
//! # Ok(())
//! # }
//! ```
//!
//! # Never charged twice
//!
//! The gateway has no idempotency key: a `create` that is sent twice may charge twice. So a call is one
//! request. There is no retry, no redirect is followed, and every [`Error`] knows what is known:
//!
//! | [`Error`] | means | [`delivery`](Error::delivery) | resend a `create`? |
//! |---|---|---|---|
//! | [`Invalid`](Error::Invalid) | the invoice breaks rules | `NotSent` | when it is mended |
//! | [`Config`](Error::Config) | a setting cannot be used | `NotSent` | when it is mended |
//! | [`Transport`](Error::Transport) | no complete answer | `NotSent` | yes |
//! | | | `Unknown` | **no: look it up** |
//! | [`Rejected`](Error::Rejected) | the gateway said no | `Responded` | when the reason is gone |
//! | [`Unreadable`](Error::Unreadable) | an answer nobody understands | `Responded` | **no: look it up** |
//!
//! [`is_safe_to_resend`](Error::is_safe_to_resend) says yes to `NotSent` and to every failed read, and to
//! nothing else. A future of `create` that is dropped in flight is unknown, too. To be able to look an
//! invoice up, give it a [`Reference`] ([`Draft::with_reference`]) and write it down before sending: it
//! comes back with the invoice's infos and its callback.
//!
//! # Features
//!
//! All additive; any mix builds and behaves the same. None of them puts a type of reqwest or ureq into a
//! signature.
//!
//! | feature | |
//! |---|---|
//! | `reqwest` | `Client::new` |
//! | `ureq` | `blocking::Client::new` |
//! | `rustls` (default) | https in whichever of the two is on |
//! | `mock` | the scripted transport, as `mock` |
//! | `callback` | checks a callback's signature |
//! | `tracing` | one span a call: call, outcome, delivery, HTTP status, gateway code, duration in ms |
#![forbid(unsafe_code)]

pub mod blocking;
mod client;
mod config;
mod error;
mod exchange;
mod observe;
mod paging;
mod retry;

pub use client::{Client, History};
pub use config::{Config, ConfigError};
pub use error::Error;
#[doc(inline)]
pub use nft_invoice_core::*;
#[cfg(feature = "mock")]
pub use nft_invoice_mock as mock;
pub use nft_invoice_transport as transport;
pub use retry::Retry;

/// The README's samples.
#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
