//! Invoices: their statuses, the cards that pay them, and what happens when.

mod amount;
mod attempt;
mod callback_json;
mod card;
mod charge;
mod currency_code;
mod event;
mod expiry;
mod invoice;
mod invoice_event;
mod ledger;
mod order;
mod outcome;
mod reason;
mod state;
mod token;

pub(crate) use amount::Amount;
pub(crate) use attempt::{NotTried, Payment};
pub(crate) use callback_json::CallbackJson;
pub(crate) use card::{CardGroup, brand_name};
pub use card::{CardSummary, TestCard};
pub(crate) use charge::Charge;
pub(crate) use currency_code::CurrencyCode;
pub(crate) use event::{Change, Event};
pub use invoice::Invoice;
pub use invoice_event::InvoiceEvent;
pub(crate) use ledger::{Ledger, NotAllowed, Summary};
pub(crate) use order::{Order, Return};
pub use outcome::Outcome;
pub use reason::Reason;
pub use state::{InvoiceState, Mode};
pub(crate) use token::{Token, Tokens, transaction};
