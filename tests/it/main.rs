//! What crosses crates: one test binary.
#![expect(clippy::duplicate_mod, reason = "one suite for two transports")]

mod browser;
mod bulk;
mod calls;
mod codes;
mod faults;
mod files;
mod leaks;
mod references;
mod snippets;
mod support;
mod transport;
