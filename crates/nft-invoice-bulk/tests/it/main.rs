//! Tests of the crate as its users see it.
mod callbacks;
mod inputs;
mod journals;
mod model;
#[cfg(feature = "postgres")]
mod postgres;
mod runs;
