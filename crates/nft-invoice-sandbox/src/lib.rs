//! A local test gateway for NFT invoices.
//!
//! It serves the four calls of the gateway (create, status, infos, history) over HTTP on a loopback port, in both modes:
//! **hosted**, with a checkout page for a browser, and **S2S**, with test cards. No money moves, and any card number that
//! is not a public test number is rejected.
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
//! // Any HTTP client works; this one needs no dependency.
//! let body = r#"{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft"}"#;
//! let mut socket = TcpStream::connect(sandbox.base_url().trim_start_matches("http://"))?;
//! write!(
//!     socket,
//!     "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: {}\r\n\
//!      Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
//!     sandbox.api_key(),
//!     body.len(),
//! )?;
//! let mut response = String::new();
//! socket.read_to_string(&mut response)?;
//! assert!(response.contains(r#""errorCode":0"#), "{response}");
//!
//! let invoice = sandbox.invoices().only();
//! assert_eq!((invoice.id, invoice.state), (1, InvoiceState::Created));
//! assert_eq!(invoice.amount(), "42");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Behaviour
//!
//! - A sandbox has its own thread and port, and accepts requests for IP addresses, `localhost` and the names of
//!   [`SandboxBuilder::allow_host`]. Dropping it stops it; connections are refused from then on.
//! - Invoices are numbered 1, 2, 3 … in each sandbox. Tokens look random and are the same for the same seed.
//! - The clock is frozen at 2025-01-01T00:00:00Z unless [`SandboxBuilder::real_time`] or
//!   [`SandboxBuilder::clock_frozen_at`] changes it. Card expiry is judged by this clock.
//! - An error response has HTTP 200 and an `errorCode`. The checks run in a fixed order.
//!   `.assume("error-status", "400")` changes the HTTP status to 400.
//! - Behaviour that the gateway's documentation does not specify is listed by [`Assumption::all`], with the default, the
//!   other options and the reason. [`SandboxBuilder::assume`] changes an option.
//! - A time is a [`Timestamp`] of the crate jiff, which is re-exported. Jiff has no version 1.0 yet: a breaking release
//!   of it is one of this crate, too.
//! - Of a card, only its brand and a few digits are stored. Verification codes, request headers and bodies are not stored.
//!   `Debug` and `Display` show neither card numbers nor API keys.
//! - Faults are injected by a plan: `.faults("create->after.reset@n=1")` creates the first invoice and loses the response.
//!   See [`FaultPlan`].
//!
//! # Clock, callbacks and outcomes
//!
//! ```
//! use nft_invoice_sandbox::{Outcome, Reason, Sandbox, TestCard, CallbackSink, days};
//! # use std::io::{Read, Write};
//! # fn create(sandbox: &Sandbox) {
//! #     let mut socket = std::net::TcpStream::connect(sandbox.base_url().trim_start_matches("http://")).unwrap();
//! #     let body = r#"{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft"}"#;
//! #     write!(socket, "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: {}\r\nContent-Length: {}\r\n\
//! #         Connection: close\r\n\r\n{body}", sandbox.api_key(), body.len()).unwrap();
//! #     socket.read_to_string(&mut String::new()).unwrap();
//! # }
//!
//! let sink = CallbackSink::start()?;
//! let sandbox = Sandbox::builder().callback(sink.url()).start_blocking()?;
//! create(&sandbox); // in your test: the code under test
//!
//! sandbox.next_outcome(Outcome::Decline(Reason::Funds));
//! let status = sandbox.invoices().only().checkout().pay(TestCard::PAID).wait()?;
//! assert_eq!(status.state.to_string(), "FAILED");
//! let delivery = sandbox.wait_callback("invoice:failed").wait()?;
//! assert_eq!(sink.received().last().unwrap().signature(), delivery.signature());
//!
//! create(&sandbox);
//! let events = sandbox.advance(days(14)).wait()?; // in async code: .await?
//! assert!(events.iter().any(|event| event.to_string() == "invoice 2 EXPIRED"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Callbacks are posted after the change is committed, never inside the request. A 2xx response is success; otherwise
//!   the callback is retried with the same bytes and signature. Redirects are not followed.
//! - Expiries and delayed outcomes happen at their exact time, as the clock advances.
//!
//! # Admin API and dashboard
//!
//! Programs control a running sandbox over HTTP under `/_sbx/api`, with [`Sandbox::admin_token`]; the README lists the
//! routes. [`Sandbox::dashboard_url`] opens the dashboard. Both show merchant data without card numbers and secrets.
//!
//! # Feature flags
//!
//! - `https`: callbacks to https URLs.
#![forbid(unsafe_code)]

mod admin;
mod app;
mod assumption;
mod callback;
mod calls;
mod checkout;
mod clock;
mod fault;
mod gateway;
mod http;
mod pages;
mod payment;
mod sandbox;
mod server;
mod store;
mod text;

pub use assumption::{Assumption, CallbackOrder};
pub use callback::{
    Attempt, AttemptResult, BlockedCallback, CallbackSink, CallbackUrlError, Deliveries, Delivery,
    DeliveryState, FinishedAttempt, ReceivedCallback, RetryPolicy, SinkResponse,
};
pub use checkout::{Checkout, CheckoutStatus, InvoiceHandle, Invoices, TransitionError};
pub use fault::{FaultError, FaultPlan, FaultRule};
pub use gateway::{Route, SandboxCode};
pub use http::Origin;
pub use jiff::Timestamp;
pub use payment::{
    CardSummary, Invoice, InvoiceEvent, InvoiceState, Mode, Outcome, Reason, TestCard,
};
pub use sandbox::{CallbackTimeout, Sandbox, SandboxBuilder, StartError};
pub use store::{
    Activity, ActivityStream, AdvanceError, DatabaseError, IntactData, Reply, RequestOutcome,
    RequestRecord, Requests, UnexpectedRequests, WriteError, recover_database,
};
pub use text::ParseError;

/// Returns a duration of this many days.
#[must_use]
pub const fn days(count: u32) -> std::time::Duration {
    std::time::Duration::from_secs(count as u64 * 24 * 60 * 60)
}
