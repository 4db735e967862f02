use std::time::Duration;

use jiff::Timestamp;

use crate::callback::delivery::{Delivery, DeliveryState};
use crate::callback::outbox::Outbox;
use crate::fault::CallbackEffects;

/// A delivery that is about to be sent.
pub(crate) struct Shipment {
    /// The epoch of the outbox, to recognize a reset while it is being sent.
    epoch: u64,
    pub(crate) delivery: Delivery,
    /// A duplicate, whose result is ignored.
    pub(crate) copy: bool,
}

impl Outbox {
    /// Whether a shipment belongs to the current epoch.
    pub(crate) const fn made(&self, shipment: &Shipment) -> bool {
        self.epoch == shipment.epoch
    }

    /// Takes the first delivery that is due at `now` and marks it as being sent.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Shipment> {
        let first = self.due.first().filter(|(at, ..)| *at <= now).copied();
        let Some((.., id)) = first else {
            return self.take_copy(now);
        };
        self.due.pop_first();
        let delivery = self.deliveries.get_mut(&id)?;
        delivery.state = DeliveryState::Sending;
        delivery.due = None;
        let sent = delivery.clone();
        delivery.drawn = None;
        Some(Shipment {
            epoch: self.epoch,
            delivery: sent,
            copy: false,
        })
    }

    fn take_copy(&mut self, now: Timestamp) -> Option<Shipment> {
        let first = self.copies.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let (id, effects) = first.remove();
        Some(Shipment {
            epoch: self.epoch,
            delivery: Delivery {
                drawn: Some(effects),
                ..self.deliveries.get(&id)?.clone()
            },
            copy: true,
        })
    }

    /// Postpones a callback that is due, or counts it as sent and schedules its copies, as its faults demand.
    pub(crate) fn dispatch(&mut self, id: u64, mut effects: CallbackEffects, now: Timestamp) {
        let later = |wait| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        if let Some(hold) = effects.hold.take() {
            return self.postpone(id, later(hold), effects);
        }
        if let Some(count) = effects.reorder.take() {
            // Until this many others were sent, but for at most an hour.
            self.postpone(id, later(Duration::from_secs(3600)), effects);
            self.behind.insert((self.sent + u64::from(count), id));
            // The following deliveries of the same invoice may be sent first.
            let delivery = self.deliveries.get(&id);
            let line = delivery.and_then(|delivery| self.open.get(&delivery.invoice));
            if let Some(next) = line.and_then(|open| open.range(id + 1..).next().copied()) {
                self.release(next, now);
            }
            return;
        }
        let (copies, apart) = effects.duplicate.take().unwrap_or_default();
        for copy in 1..=copies {
            self.copied += 1;
            let key = (later(apart * copy), self.copied);
            self.copies.insert(key, (id, effects.clone()));
        }
        self.sent += 1;
        while let Some((target, id)) = self.behind.first().copied()
            && target <= self.sent
        {
            self.behind.pop_first();
            if self
                .deliveries
                .get(&id)
                .is_some_and(|one| one.drawn.is_some())
            {
                self.schedule(id, now);
            }
        }
    }

    /// Postpones an attempt until `at`, with the faults in `drawn`.
    fn postpone(&mut self, id: u64, at: Timestamp, drawn: CallbackEffects) {
        if let Some(delivery) = self.deliveries.get_mut(&id) {
            delivery.drawn = Some(drawn);
            delivery.state = DeliveryState::Waiting;
            self.schedule(id, at);
        }
    }
}
