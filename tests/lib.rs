//! What crosses crates. The tests are in `it/`; this compiles and runs the README's samples.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
