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
pub(crate) struct Slot(Arc<Held>);

/// Access to the slot for a request. It does not keep the slot: a request can take longer than its connection.
#[derive(Clone)]
pub(crate) struct SlotHandle(Weak<Held>);

struct Held {
    slots: Arc<Slots>,
    permit: Mutex<OwnedSemaphorePermit>,
}

impl Slots {
    const CONNECTIONS: usize = 256;
    const STREAMS: usize = 64;
    const HANGING: usize = 256;

    fn new(connections: usize, streams: usize, hanging: usize) -> Self {
        let slots = |count| Arc::new(Semaphore::new(count));
        Self {
            connections: slots(connections),
            streams: slots(streams),
            hanging: slots(hanging),
        }
    }

    /// Waits for the slot of a new connection.
    pub(crate) async fn connection(self: &Arc<Self>) -> Slot {
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        let permit = permit.expect("the semaphores are never closed");
        Slot(Arc::new(Held {
            slots: Arc::clone(self),
            permit: Mutex::new(permit),
        }))
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self::new(Self::CONNECTIONS, Self::STREAMS, Self::HANGING)
    }
}

impl Slot {
    pub(crate) fn handle(&self) -> SlotHandle {
        SlotHandle(Arc::downgrade(&self.0))
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
        let Some(held) = self.0.upgrade() else {
            return true; // The connection has ended.
        };
        let Ok(permit) = Arc::clone(kind(&held.slots)).try_acquire_owned() else {
            return false;
        };
        *held.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    fn free(slots: &Slots) -> [usize; 3] {
        let all = [&slots.connections, &slots.streams, &slots.hanging];
        all.map(|semaphore| semaphore.available_permits())
    }

    #[test]
    fn there_are_256_connections_64_event_streams_and_256_hanging_connections() {
        assert_eq!(free(&Slots::default()), [256, 64, 256]);
    }

    #[tokio::test]
    async fn a_connection_waits_until_another_one_has_ended() {
        let slots = Arc::new(Slots::new(2, 0, 0));
        let (first, _second) = (slots.connection().await, slots.connection().await);
        let third = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { slots.connection().await }
        });
        yield_now().await;
        assert!(!third.is_finished());
        drop(first);
        third.await.unwrap();
    }

    #[tokio::test]
    async fn event_streams_and_hanging_connections_leave_the_slots_of_calls() {
        let slots = Arc::new(Slots::new(1, 2, 3));
        let (mut streams, mut hanging) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let slot = slots.connection().await;
            assert!(slot.handle().become_stream());
            streams.push(slot);
        }
        for _ in 0..3 {
            let slot = slots.connection().await;
            assert!(slot.handle().become_hanging());
            hanging.push(slot);
        }
        assert_eq!(free(&slots), [1, 0, 0]);

        let one_more = slots.connection().await;
        let handle = one_more.handle();
        assert!(!handle.become_stream() && !handle.become_hanging());
        assert_eq!(free(&slots), [0, 0, 0]);
        streams.pop();
        assert!(handle.become_stream());
        drop((one_more, streams, hanging));
        assert_eq!(free(&slots), [1, 2, 3]);
        assert!(handle.become_hanging(), "the connection has ended");
        assert_eq!(free(&slots), [1, 2, 3]);
    }
}
