//! What crosses crates: one test binary.

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
