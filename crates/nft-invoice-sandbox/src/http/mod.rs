//! HTTP without the gateway: addresses, access, responses and what a connection does.

mod connection_slots;
mod connection_timer;
mod hosts;
mod origin;
mod peer;
mod response;
#[cfg_attr(not(feature = "https"), path = "no_tls.rs")]
mod tls;
mod wire;

pub(crate) use connection_slots::{SlotHandle, Slots};
pub(crate) use connection_timer::ConnectionTimer;
pub(crate) use hosts::{Hosts, UNKNOWN_HOST, single};
pub use origin::Origin;
pub(crate) use peer::Peer;
pub(crate) use response::{json, ok, see_other, typed};
pub(crate) use tls::{INVALID_CA, Tls};
pub(crate) use wire::{Shape, Wire, WireControl};
