//! An invoice: the table of its fields, unvalidated input, validation, and the body that is sent.

#[macro_use]
mod table;

mod card_data;
mod check;
#[cfg(feature = "serde")]
mod deserialize;
mod draft;
mod encode;
mod field;
mod field_input;
mod note;
mod unknown;
mod validated;
mod values;
mod wiped;

pub use check::Checked;
pub use draft::Draft;
pub use encode::{AmountForm, EncodedBody, Encoding, ImagesForm, JsonForm};
pub use field::{Field, Presence};
pub use field_input::FieldInput;
pub use validated::{Card, HostedInvoice, Invoice, S2sInvoice};
