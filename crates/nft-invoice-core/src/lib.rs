//! The domain model of NFT invoices at a card-payment gateway: fields and their validation, exact money, the
//! bodies that are sent, and the responses and callbacks that come back.
//!
//! Pure: no I/O, no clock, no async, no HTTP. To send invoices, use `nft-invoice`.
//!
//! ```
//! use nft_invoice_core::{Date, Draft, Encoding, Rules};
//!
//! let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
//! let form = [("email", "ada@shop.example")];
//! let invoice = Draft::from_pairs(form).amount("15.4").validate(&rules)?;
//! assert_eq!(
//!     invoice.encode(&Encoding::default()).as_ref(),
//!     br#"{"email":"ada@shop.example","amount":"15.40","devise":"USD","checkoutMode":"nft"}"#,
//! );
//! # Ok::<(), nft_invoice_core::ValidationErrors>(())
//! ```
//!
//! # Building an invoice
//!
//! [`Draft`] is unvalidated input: [JSON](Draft::from_json), [form pairs](Draft::from_pairs), serde, or setters.
//! [`Draft::validate`] returns an [`Invoice`], which is valid by construction, or [`ValidationErrors`]: every error
//! at once, with a path, a stable code, parameters, a message, and the code with which the gateway would have
//! answered. [`Draft::check`] also reports [`Warning`]s, which never prevent sending.
//!
//! # Validation policy
//!
//! A value is an error only where the gateway documents it, or where no correct gateway could accept it. What is
//! probably a mistake is a warning. Fields are not compared with each other: the gateway's own example pairs a
//! German address with a Californian postal code. [`Field`] lists every field with its rule.
//!
//! # Security
//!
//! Card number, verification code and API key live in memory that is wiped on drop, and nothing shows them. Input is
//! copied out of the wiped buffer of a draft only once the whole invoice is valid. `Debug` shows which fields are
//! there, not what they contain.
//!
//! # Feature flags
//!
//! | feature | adds |
//! |---|---|
//! | `serde` | `Deserialize` for [`Draft`], `Serialize` and `Deserialize` for values, responses and callbacks |
//! | `callback` | `Verifier`, the check of a callback's signature |
//! | `random` | `Reference::random` |
#![forbid(unsafe_code)]

#[macro_use]
mod conversions;

mod callback;
mod error;
mod invoice;
mod json;
mod response;
mod value;

pub use callback::Callback;
#[cfg(feature = "callback")]
pub use callback::{CallbackError, SignatureError, Verifier};
pub use error::{
    ErrorCode, MessageTemplate, ParamValue, Params, ValidationError, ValidationErrors, ValueError,
    Warning, WarningCode, message_templates,
};
pub use invoice::{
    AmountForm, Card, Checked, Draft, EncodedBody, Encoding, Field, FieldInput, HostedInvoice,
    ImagesForm, Invoice, JsonForm, Presence, S2sInvoice,
};
pub use response::{
    Call, CodeSource, Created, GatewayCode, HistoryEntry, HistoryFilter, HistoryPage, HistoryQuery,
    HistoryStatus, Info, InvoiceId, InvoiceStatus, Received, Rejection, ResponseError, SortOrder,
    StatusReport, Unreadable, decode_create, decode_history, decode_info, decode_status,
    documented_codes, redact_secret,
};
pub use value::{
    AddressLine, Amount, ApiKey, CallbackData, CardNumber, CardholderName, CheckoutMode,
    CountryCode, Currency, CustomerIp, Cvc, Date, DateOfBirth, Decimal, Description, Email, Expiry,
    ImageUrl, Images, Metadata, Mode, Phone, PostalCode, Reference, Rules, WebUrl,
};

/// The README's sample.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
