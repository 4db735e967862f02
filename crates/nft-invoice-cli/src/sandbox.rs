//! A running sandbox: its admin API, its events and fault plans.

pub mod admin;
pub mod event_lines;
pub mod event_stream;
pub mod plan;
pub mod printer;
