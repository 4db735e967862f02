//! The calls of the gateway.

pub(crate) mod create;
pub(crate) mod history;
pub(crate) mod read;
