//! Callbacks: what is sent, when, where, and with which signature.

mod attempt;
mod delivery;
mod message;
mod outbox;
mod report;
mod retries;
pub(crate) mod sender;
mod shipment;
mod sink;
mod url;

pub use attempt::{Attempt, AttemptResult};
pub use delivery::{Deliveries, Delivery, DeliveryState};
pub(crate) use message::{Callbacks, Frozen};
pub(crate) use outbox::Outbox;
pub use report::{BlockedCallback, FinishedAttempt};
pub use retries::RetryPolicy;
pub(crate) use sender::Target;
pub(crate) use shipment::Shipment;
pub use sink::{CallbackSink, ReceivedCallback, SinkResponse};
pub(crate) use url::CallbackUrl;
pub use url::CallbackUrlError;
