#![doc = include_str!("../README.md")]
//!
//! # Complete example
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::TcpStream;
//!
//! use nft_invoice_sandbox::{CallbackSink, InvoiceState, Outcome, Reason, Sandbox, TestCard, days};
//!
//! let sink = CallbackSink::start()?;
//! let sandbox = Sandbox::builder()
//!     .seed(7)
//!     .api_key("k")
//!     .amount_limits("1", "5000")
//!     .callback(sink.url())
//!     .start_blocking()?; // or `.start().await?`, in any async runtime
//!
//! // In your test, the code under test. Any HTTP client works; this one needs no dependency.
//! let create = || -> io::Result<String> {
//!     let body = r#"{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft"}"#;
//!     let mut socket = TcpStream::connect(sandbox.base_url().trim_start_matches("http://"))?;
//!     write!(
//!         socket,
//!         "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: {}\r\n\
//!          Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
//!         sandbox.api_key(),
//!         body.len(),
//!     )?;
//!     let mut response = String::new();
//!     socket.read_to_string(&mut response)?;
//!     Ok(response)
//! };
//! assert!(create()?.contains(r#""errorCode":0"#));
//! let invoice = sandbox.invoices().only();
//! assert_eq!((invoice.id, invoice.state), (1, InvoiceState::Created));
//! assert_eq!(invoice.amount(), "42");
//!
//! sandbox.next_outcome(Outcome::Decline(Reason::Funds));
//! let status = invoice.checkout().pay(TestCard::PAID).wait()?;
//! assert_eq!(status.state, InvoiceState::Failed);
//! let delivery = sandbox.wait_callback("invoice:failed").wait()?;
//! assert_eq!(sink.received().last().unwrap().signature(), delivery.signature());
//!
//! create()?;
//! let events = sandbox.advance(days(14)).wait()?; // in async code: .await?
//! assert!(events.iter().any(|event| event.to_string() == "invoice 2 EXPIRED"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
