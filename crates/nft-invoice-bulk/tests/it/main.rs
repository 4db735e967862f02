//! Tests of the crate as its users see it.
mod journals;
mod model;
mod runs;
