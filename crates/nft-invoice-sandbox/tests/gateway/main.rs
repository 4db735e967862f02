//! The sandbox as a client sees it: over a real socket, through its public API only.

mod assumptions;
mod callbacks;
mod checkout;
mod client;
mod clock;
mod create;
mod fault_plan;
mod fault_plan_random;
mod fault_webhooks;
mod fault_wire;
mod faults;
mod history;
mod lifecycle;
mod met;
mod reads;
mod secrecy;
