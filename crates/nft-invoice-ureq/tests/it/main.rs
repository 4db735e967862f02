//! The contract over ureq. How it does against faulty servers is tested for both adapters together, across crates.

mod contract;
#[cfg(not(feature = "rustls"))]
mod https;
