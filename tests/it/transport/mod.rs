//! The transports against faulty servers: one suite, which each of them includes.

mod hyper;
mod reqwest;
mod server;
mod ureq;
