//! Callbacks: what is sent, when, where, and with which signature.

pub(crate) mod attempt;
pub(crate) mod delivery;
pub(crate) mod message;
pub(crate) mod outbox;
pub(crate) mod report;
pub(crate) mod retries;
mod schedule;
pub(crate) mod sender;
pub(crate) mod shipment;
pub(crate) mod sink;
pub(crate) mod url;
