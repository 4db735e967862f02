//! What crosses crates. The code is in `it/`; here stand the README's samples, compiled and run.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
