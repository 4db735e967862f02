//! What the user sees: output, reports, the browser, and Ctrl-C.

pub mod browser;
pub mod interrupt;
pub mod output;
pub mod report;
