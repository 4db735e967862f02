//! The domain of NFT invoices at a card-payment gateway: every field with its rules, exact money, the bodies
//! that go over the wire and the answers that come back.
//!
//! Pure: no I/O, no clock, no async, no HTTP. What depends on the day takes it as an argument. To send what
//! this crate checks, use `nft-invoice`.
//!
//! # Two doors, one lock
//!
//! - [`Draft`] takes what somebody wrote: [JSON](Draft::from_json) in the gateway's names, or the
//!   [pairs of a form](Draft::from_pairs).
//! - [`Hosted`] and [`S2s`] are plain Rust: structs of parts that are valid by themselves. Card data cannot be
//!   put into the first, and nothing can lack in the second.
//!
//! Both end in one check, which gives an [`Invoice`] or [`Problems`]: **all** of them at once, each with a
//! path, a stable code, a message and the code that the gateway would have answered. [`Advice`] never blocks.
//! An [`Invoice`] is valid, or it would not exist; [`encode`] writes it.
//!
//! ```
//! use nft_invoice_core::{Draft, Encoding, Rules, encode};
//!
//! let form = [
//!     ("email", "ada@shop.example"),
//!     ("amount", "15.4"),
//!     ("devise", "USD"),
//!     ("checkoutMode", "nft"),
//! ];
//! let rules = Rules::new("2026-01-31".parse().unwrap());
//! let invoice = Draft::from_pairs(form).validate(&rules).unwrap();
//! let body = encode(&invoice, &Encoding::default());
//! assert_eq!(
//!     body.as_ref(),
//!     br#"{"email":"ada@shop.example","amount":"15.40","devise":"USD","checkoutMode":"nft"}"#,
//! );
//! ```
//!
//! # What a rule is
//!
//! A problem stands only where the gateway's documentation says so, or where no correct gateway could accept
//! the value; what is probably a mistake is advice. There are no checks across fields or regions: the
//! documentation's own example pairs a German address with a Californian postcode.
//!
//! # Secrets
//!
//! [`CardNumber`], [`VerificationCode`], [`ApiKey`] and the [`EncodedBody`] wipe their memory on drop; nothing
//! here prints them, and `Debug` of anything shows which members are there and nothing they hold. A draft
//! borrows its input: if that held a card, wiping it is yours.
//!
//! # Features
//!
//! - `callback`: [`Callback`]'s signature check.
#![forbid(unsafe_code)]

mod advice;
mod amount;
mod answer;
mod api_key;
mod call;
mod callback;
mod callback_data;
mod card_expiry;
mod card_number;
mod card_scan;
mod check;
mod country;
mod currency;
mod customer_ip;
mod date;
mod decimal;
mod draft;
mod email;
mod encode;
mod field;
mod gateway_code;
mod history_query;
mod hosted;
mod images;
mod invoice;
mod invoice_id;
mod invoice_status;
mod json;
mod metadata;
mod mode;
mod phone;
mod problem;
mod reading;
mod reference;
mod report;
mod s2s;
mod sale;
mod text;
mod verification_code;
mod web_url;

pub use advice::{Advice, AdviceCode};
pub use amount::Amount;
pub use answer::created::{Created, decode_create};
pub use answer::history::{HistoryEntry, HistoryPage, HistoryStatus, decode_history};
pub use answer::info::{Info, decode_info};
pub use answer::status::{StatusReport, decode_status};
pub use answer::{AnswerError, Rejection, Unreadable};
pub use api_key::ApiKey;
pub use call::Call;
pub use callback::Callback;
#[cfg(feature = "callback")]
pub use callback::signature::{CallbackError, SignatureError, Verifier};
pub use callback_data::CallbackData;
pub use card_expiry::CardExpiry;
pub use card_number::CardNumber;
pub use check::Rules;
pub use country::CountryCode;
pub use currency::Currency;
pub use customer_ip::CustomerIp;
pub use date::Date;
pub use decimal::Decimal;
pub use draft::Draft;
pub use email::Email;
pub use encode::{AmountForm, EncodedBody, Encoding, ImagesForm, JsonForm, encode, redacted};
pub use gateway_code::{CodeSource, GatewayCode, documented_codes};
pub use history_query::{HistoryFilter, HistoryQuery, Order};
pub use hosted::Hosted;
pub use images::{ImageUrl, NftImages};
pub use invoice::{Checked, Invoice, Parts};
pub use invoice_id::InvoiceId;
pub use invoice_status::InvoiceStatus;
pub use metadata::Metadata;
pub use mode::Mode;
pub use phone::Phone;
pub use problem::{Fault, Problem, ProblemCode, Problems};
pub use reference::Reference;
pub use s2s::{Card, S2s};
pub use sale::{ReturnUrls, Sale};
pub use text::{Description, Line, Postcode};
pub use verification_code::VerificationCode;
pub use web_url::WebUrl;

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
