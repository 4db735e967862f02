//! Tests of the crate as its users see it.
mod callbacks;
mod journals;
mod model;
#[cfg(feature = "postgres")]
mod postgres;
mod runs;
