//! The customer's actions on an invoice, for the checkout page, the Rust API and the admin API.

mod action;
mod form_error;
mod headless;
mod invoices;

pub(crate) use action::{Action, NotTaken, destination, opened};
pub(crate) use form_error::{FIELDS, FormError};
pub(crate) use headless::press;
pub use headless::{Checkout, CheckoutStatus, TransitionError};
pub use invoices::{InvoiceHandle, Invoices};
