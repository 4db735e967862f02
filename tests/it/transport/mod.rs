//! The transports against faulty servers: one suite, which each of them includes.

mod reqwest;
mod server;
mod ureq;
