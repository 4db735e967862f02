use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The connection slots. Event streams and hanging connections have slots of their own, so that they never keep a call of
/// the gateway waiting.
pub(crate) struct Slots {
    connections: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    hanging: Arc<Semaphore>,
}

/// The slot of a connection, released when it is dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    permit: Mutex<OwnedSemaphorePermit>,
}

/// Access to the slot for a request. It does not keep the slot: a request can take longer than its connection.
#[derive(Clone)]
pub(crate) struct SlotHandle(pub(crate) Weak<Slot>);

impl Slots {
    /// Waits for the slot of a new connection.
    pub(crate) async fn connection(self: &Arc<Self>) -> Arc<Slot> {
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        Arc::new(Slot {
            slots: Arc::clone(self),
            permit: Mutex::new(permit.expect("the semaphores are never closed")),
        })
    }
}

impl Default for Slots {
    fn default() -> Self {
        let slots = |count| Arc::new(Semaphore::new(count));
        Self {
            connections: slots(256),
            streams: slots(64),
            hanging: slots(256),
        }
    }
}

impl SlotHandle {
    /// Exchanges the slot for that of an event stream; false if none is free.
    pub(crate) fn become_stream(&self) -> bool {
        self.exchange(|slots| &slots.streams)
    }

    /// Exchanges the slot for that of a hanging connection; false if none is free.
    pub(crate) fn become_hanging(&self) -> bool {
        self.exchange(|slots| &slots.hanging)
    }

    fn exchange(&self, kind: impl FnOnce(&Slots) -> &Arc<Semaphore>) -> bool {
        let Some(slot) = self.0.upgrade() else {
            return true; // The connection has ended.
        };
        let Ok(permit) = Arc::clone(kind(&slot.slots)).try_acquire_owned() else {
            return false;
        };
        *slot.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
        true
    }
}
