//! Invoices: their statuses, the cards that pay them, and what happens when.

pub(crate) mod amount;
pub(crate) mod attempt;
pub(crate) mod callback_json;
pub(crate) mod card;
pub(crate) mod charge;
pub(crate) mod event;
pub(crate) mod invoice;
pub(crate) mod invoice_event;
pub(crate) mod ledger;
pub(crate) mod order;
pub(crate) mod outcome;
pub(crate) mod reason;
pub(crate) mod state;
pub(crate) mod token;
