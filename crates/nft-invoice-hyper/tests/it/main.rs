//! The contract over hyper, and connections that are opened ahead.

mod contract;
mod preopened;
mod server;
