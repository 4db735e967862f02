//! HTTP without the gateway: addresses, access, responses and what a connection does.

pub(crate) mod answer;
pub(crate) mod hosts;
pub(crate) mod origin;
pub(crate) mod peer;
pub(crate) mod slots;
#[cfg(feature = "https")]
pub(crate) mod tls;
pub(crate) mod wire;
