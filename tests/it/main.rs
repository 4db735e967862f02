//! What crosses crates: one test binary.

mod calls;
mod codes;
mod files;
mod leaks;
mod support;
