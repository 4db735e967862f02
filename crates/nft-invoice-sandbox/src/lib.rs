//! A card-payment gateway for NFT invoices on your own machine, for tests and for trying things out.
//!
//! It answers the four calls of the gateway (create, status, infos, history) over real HTTP on a loopback
//! port, in both modes: **hosted**, with a checkout page that a browser can open, and **S2S**, with test cards.
//! No money moves, and any card number that is not a public test number is refused.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use nft_invoice_sandbox::{InvoiceState, Sandbox};
//!
//! let sandbox = Sandbox::builder()
//!     .seed(7)
//!     .api_key("k")
//!     .amount_limits("1", "5000")
//!     .start_blocking()?; // or `.start().await?`, in any async runtime
//!
//! // Any HTTP client will do; this is the plainest.
//! let body = r#"{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft"}"#;
//! let mut socket = TcpStream::connect(sandbox.base_url().trim_start_matches("http://"))?;
//! write!(
//!     socket,
//!     "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: sandbox\r\nAPI-KEY: {}\r\n\
//!      Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
//!     sandbox.api_key(),
//!     body.len(),
//! )?;
//! let mut answer = String::new();
//! socket.read_to_string(&mut answer)?;
//! assert!(answer.contains(r#""errorCode":0"#), "{answer}");
//!
//! let invoice = sandbox.invoices().only();
//! assert_eq!((invoice.id(), invoice.state()), (1, InvoiceState::Created));
//! assert_eq!(invoice.amount(), "42");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What to rely on
//!
//! - A sandbox has a thread and a port of its own. Dropping it stops it, and connects are refused from then on.
//! - Invoices are numbered 1, 2, 3 … in each sandbox. Tokens look random and are the same for the same seed.
//! - Time stands still at 2025-01-01T00:00:00Z unless [`SandboxBuilder::real_time`] or
//!   [`SandboxBuilder::clock_frozen_at`] says otherwise. An expired card is told by that time.
//! - A refusal is answered with HTTP 200 and an `errorCode`, in the order in which the checks are documented;
//!   `.assume("error-status", "400")` gives HTTP 400.
//! - Whatever the gateway's documents leave open stands in a register, [`Assumption::all`], with the default, the
//!   other options and the reason. [`SandboxBuilder::assume`] switches them.
//! - Of a card only its brand and a few digits are kept, of a verification code nothing, and no request's headers or
//!   body. `Debug` and `Display` show neither card numbers nor API keys.
//! - What goes wrong is planned: `.faults("create->after.reset@n=1")` creates the first invoice and loses its answer.
//!   See [`FaultPlan`].
//!
//! # Time, callbacks, outcomes
//!
//! ```
//! use nft_invoice_sandbox::{Outcome, Reason, Sandbox, TestCard, WebhookSink, days};
//! # use std::io::{Read, Write};
//! # fn create(sandbox: &Sandbox) {
//! #     let mut socket = std::net::TcpStream::connect(sandbox.base_url().trim_start_matches("http://")).unwrap();
//! #     let body = r#"{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft"}"#;
//! #     write!(socket, "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: s\r\nAPI-KEY: {}\r\nContent-Length: {}\r\n\
//! #         Connection: close\r\n\r\n{body}", sandbox.api_key(), body.len()).unwrap();
//! #     socket.read_to_string(&mut String::new()).unwrap();
//! # }
//!
//! let sink = WebhookSink::start()?;
//! let sandbox = Sandbox::builder().callback(sink.url()).start_blocking()?;
//! create(&sandbox); // in your code: whatever you test
//!
//! sandbox.next_outcome(Outcome::Decline(Reason::Funds));
//! let landing = sandbox.invoices().only().checkout().pay(TestCard::PAID).wait()?;
//! assert_eq!(landing.state.to_string(), "FAILED");
//! let delivery = sandbox.wait_webhook("invoice:failed").wait()?;
//! assert_eq!(sink.received().last().unwrap().signature(), delivery.signature());
//!
//! create(&sandbox);
//! let happened = sandbox.advance(days(14)).wait()?; // in async code: .await?
//! assert!(happened.iter().any(|one| one.to_string() == "invoice 2 EXPIRED"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Callbacks are posted after the change is made, never inside of the request that makes it. Any answer of 2xx takes
//!   one; every other is tried again, with the same bytes and the same signature. Redirects are not followed.
//! - Expiry and what cards promise happen at their very instant, when the clock comes by.
//!
//! # From outside
//!
//! A sandbox that runs as a program is steered over HTTP, under `/_sbx/api` (the README lists the routes) and with
//! [`Sandbox::admin_token`], or by people on its dashboard, [`Sandbox::dashboard_url`]. What is shown there of what a merchant sent is without card numbers and secrets.
//!
//! # After a restart
//!
//! Everything is in memory and gone at the end. With the feature `sqlite`, `SandboxBuilder::database` keeps it in a file:
//! what was answered is there even after `kill -9`.
#![forbid(unsafe_code)]

mod account;
mod activity;
mod admin;
mod advance;
mod agenda;
mod amount;
mod answer;
mod app;
mod assumption;
mod builder;
mod button;
mod callback;
mod callback_order;
mod callback_url;
mod card;
mod charge;
mod checkout;
mod clock;
mod create;
mod dashboard;
mod delivery;
mod driver;
mod event;
mod exchange;
mod expiry;
mod fault;
mod gate;
mod headless;
mod history;
mod invoice;
mod invoices;
mod journal;
mod ledger;
mod log;
mod members;
mod nft;
mod order;
mod outbox;
mod outcome;
mod page;
mod payment;
mod peer;
mod problem;
mod read;
mod reason;
mod redact;
mod refusal;
mod reply;
mod retries;
mod return_url;
mod routes;
mod sandbox;
mod sender;
mod server;
mod signature;
mod span;
mod state;
mod steering;
mod store;
#[cfg(test)]
mod testing;
mod texts;
#[cfg(feature = "https")]
mod tls;
mod token;
mod webhook_sink;
mod wire;

pub use activity::{Activities, Activity};
pub use advance::NotAdvanced;
pub use assumption::Assumption;
pub use builder::{SandboxBuilder, StartError};
pub use callback_order::{CallbackOrder, UnknownOrder};
pub use callback_url::CallbackUrlError;
pub use card::{CardSummary, TestCard};
pub use delivery::{Attempt, AttemptResult, Attempted, Deliveries, Delivery, DeliveryState};
pub use event::Event;
pub use fault::{FaultError, FaultPlan, FaultRule};
pub use headless::{Checkout, Landing, NotPossible};
pub use invoice::Invoice;
pub use invoices::{FoundInvoice, Invoices};
pub use journal::{RequestRecord, Requests, Route, UnexpectedRequests};
#[cfg(feature = "sqlite")]
pub use log::DatabaseError;
pub use log::NotWritten;
pub use outcome::{Outcome, UnknownOutcome};
pub use reason::Reason;
pub use reply::Reply;
pub use retries::{Retries, UnknownRetries};
pub use sandbox::{NotDelivered, Sandbox};
pub use state::{InvoiceState, Mode};
pub use webhook_sink::{Received, SinkAnswer, WebhookSink};

/// So many days.
#[must_use]
pub const fn days(count: u32) -> std::time::Duration {
    std::time::Duration::from_secs(count as u64 * 24 * 60 * 60)
}
