use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::assumption::CallbackOrder;
use crate::callback::attempt::{Attempt, AttemptResult};
use crate::callback::delivery::{Deliveries, Delivery, DeliveryState};
use crate::callback::message::Frozen;
use crate::callback::report::{BlockedCallback, FinishedAttempt};
use crate::callback::retries::RetryPolicy;
use crate::fault::CallbackEffects;
use crate::payment::Event;

/// The callbacks, when they are due, and in which order those that are due at the same time are sent.
pub(crate) struct Outbox {
    order: CallbackOrder,
    seed: u64,
    /// The number of resets.
    pub(super) epoch: u64,
    pub(super) deliveries: BTreeMap<u64, Delivery>,
    /// The due time, the rank at that time, and the delivery.
    pub(super) due: BTreeSet<(Timestamp, u64, u64)>,
    /// The unfinished deliveries by invoice.
    pub(super) open: HashMap<u64, BTreeSet<u64>>,
    finished: BTreeSet<u64>,
    last: u64,
    dropped: u64,
    /// The deliveries that faults postponed until this many were sent.
    pub(super) behind: BTreeSet<(u64, u64)>,
    pub(super) sent: u64,
    /// Duplicates by due time and number, with the faults of the original.
    pub(super) copies: BTreeMap<(Timestamp, u64), (u64, CallbackEffects)>,
    pub(super) copied: u64,
}

impl Outbox {
    /// How many finished deliveries are kept.
    const CAPACITY: usize = 10_000;
    /// The largest number of unfinished deliveries.
    const PATIENCE: usize = 100_000;

    pub(crate) fn new(order: CallbackOrder, seed: u64) -> Self {
        Self {
            order,
            seed,
            epoch: 0,
            deliveries: BTreeMap::new(),
            due: BTreeSet::new(),
            open: HashMap::new(),
            finished: BTreeSet::new(),
            last: 0,
            dropped: 0,
            behind: BTreeSet::new(),
            sent: 0,
            copies: BTreeMap::new(),
            copied: 0,
        }
    }

    /// Deletes everything. Callbacks that are being sent no longer belong to it.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            epoch: self.epoch + 1,
            ..Self::new(self.order, self.seed)
        };
    }

    pub(crate) const fn order(&self) -> CallbackOrder {
        self.order
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.get(&id)
    }

    /// Oldest first.
    pub(crate) fn deliveries(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.deliveries.values()
    }

    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A snapshot.
    pub(crate) fn all(&self) -> Deliveries {
        let seen = |delivery: &Delivery| Delivery {
            waits_for: self.waits_for(delivery),
            ..delivery.clone()
        };
        Deliveries {
            list: self.deliveries.values().map(seen).collect(),
            dropped: self.dropped,
        }
    }

    /// Changes the order. Callbacks that no longer have to wait are due now; those that are scheduled keep their time.
    pub(crate) fn set_order(&mut self, order: CallbackOrder, now: Timestamp) {
        self.order = order;
        for (at, _, id) in mem::take(&mut self.due) {
            self.due.insert((at, self.rank(id), id));
        }
        if order != CallbackOrder::Fifo {
            let open: Vec<u64> = self.open.values().flatten().copied().collect();
            open.into_iter().for_each(|id| self.release(id, now));
        }
    }

    /// The callback that `delivery` waits for: the oldest unfinished one of its invoice.
    pub(crate) fn waits_for(&self, delivery: &Delivery) -> Option<u64> {
        let first = *self.open.get(&delivery.invoice)?.first()?;
        (is_behind(delivery) && first != delivery.id).then_some(first)
    }

    /// The callback `id`, if it waits for one that has failed.
    pub(crate) fn blocked(&self, id: u64, at: Timestamp) -> Option<BlockedCallback> {
        let delivery = self.deliveries.get(&id)?;
        let waits_for = self.waits_for(delivery)?;
        let failing = self.deliveries.get(&waits_for)?.failed > 0;
        failing.then_some(BlockedCallback {
            at,
            delivery: id,
            invoice: delivery.invoice,
            reference: None,
            event: delivery.event,
            waits_for,
        })
    }

    /// The callbacks that wait for the one of this attempt, if it is the first that failed.
    pub(crate) fn blocked_by(&self, attempt: &FinishedAttempt) -> Vec<BlockedCallback> {
        let failed = self.deliveries.get(&attempt.delivery).map(|one| one.failed);
        let open = self.open.get(&attempt.invoice);
        let later = open.filter(|_| failed == Some(1)).into_iter().flatten();
        let blocked = later.filter_map(|id| self.blocked(*id, attempt.at));
        blocked
            .filter(|one| one.waits_for == attempt.delivery)
            .collect()
    }

    /// Adds the callback for `event`, and returns its number.
    pub(crate) fn push(&mut self, event: &Event, frozen: Frozen) -> u64 {
        self.last += 1;
        let id = self.last;
        self.deliveries.insert(id, Delivery::new(id, event, frozen));
        let open = self.open.entry(event.invoice).or_default();
        open.insert(id);
        // Later ones are scheduled when the earlier ones are finished.
        if open.len() == 1 || self.order != CallbackOrder::Fifo {
            self.schedule(id, event.at);
        }
        if self.deliveries.len() - self.finished.len() > Self::PATIENCE {
            self.drop_oldest(event.at);
        }
        id
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let copy = self.copies.first_key_value().map(|((at, _), _)| *at);
        let next = self.due.first().map(|(at, ..)| *at);
        next.into_iter().chain(copy).min()
    }

    /// The delay until the next attempt after this result. `asked`: the receiver's `Retry-After`.
    pub(crate) fn again_in(
        &self,
        id: u64,
        result: &AttemptResult,
        asked: Option<Duration>,
        retries: &RetryPolicy,
    ) -> Option<Duration> {
        let delivery = self.deliveries.get(&id)?;
        let failed = !result.is_success();
        failed.then(|| retries.wait(delivery.failed + 1, asked))?
    }

    /// Records the result of an attempt and schedules the next one. The attempt may come from the database.
    pub(crate) fn finish(
        &mut self,
        id: u64,
        attempt: Attempt,
        again_in: Option<Duration>,
    ) -> Option<FinishedAttempt> {
        self.unschedule(id);
        let delivery = self.deliveries.get_mut(&id)?;
        let (at, success) = (attempt.at, attempt.result.is_success());
        delivery.attempts.push(attempt);
        delivery.failed += usize::from(!success);
        delivery.state = match again_in {
            Some(_) => DeliveryState::Waiting,
            None if success => DeliveryState::Delivered,
            None => DeliveryState::GivenUp,
        };
        if let Some(wait) = again_in {
            let again = SignedDuration::try_from(wait).ok();
            let again = again.and_then(|wait| at.checked_add(wait).ok());
            self.schedule(id, again.unwrap_or(Timestamp::MAX));
        }
        let finished = self.deliveries.get(&id)?.finished().last();
        if again_in.is_none() {
            self.close(id, at);
        }
        finished
    }

    /// The deliveries that can be replayed: those that are known and not being sent.
    pub(crate) fn replayable(&self, ids: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let idle = |id: &u64| {
            let delivery = self.deliveries.get(id);
            delivery.is_some_and(|delivery| delivery.state != DeliveryState::Sending)
        };
        ids.into_iter().filter(idle).collect()
    }

    /// Schedules these again, as if they were new.
    pub(crate) fn replay(&mut self, ids: &[u64], now: Timestamp) {
        for &id in ids {
            let Some(delivery) = self.deliveries.get_mut(&id) else {
                continue;
            };
            delivery.state = DeliveryState::Waiting;
            delivery.failed = 0;
            self.open.entry(delivery.invoice).or_default().insert(id);
            self.finished.remove(&id);
            self.schedule(id, now);
        }
    }

    pub(super) fn schedule(&mut self, id: u64, at: Timestamp) {
        self.unschedule(id);
        if let Some(delivery) = self.deliveries.get_mut(&id) {
            delivery.due = Some(at);
            self.due.insert((at, self.rank(id), id));
        }
    }

    fn unschedule(&mut self, id: u64) {
        let delivery = self.deliveries.get_mut(&id);
        if let Some(at) = delivery.and_then(|delivery| delivery.due.take()) {
            self.due.remove(&(at, self.rank(id), id));
        }
    }

    /// Of deliveries that are due at the same time, the one with the smallest rank is sent first.
    const fn rank(&self, id: u64) -> u64 {
        match self.order {
            CallbackOrder::Fifo => id,
            CallbackOrder::Reverse => u64::MAX - id,
            CallbackOrder::Unordered => mix(self.seed ^ id),
        }
    }

    /// Schedules a delivery that waited for the previous one.
    pub(super) fn release(&mut self, id: u64, now: Timestamp) {
        if self.deliveries.get(&id).is_some_and(is_behind) {
            self.schedule(id, now);
        }
    }

    /// Finishes a delivery.
    fn close(&mut self, id: u64, now: Timestamp) {
        self.leave_line(id, now);
        self.finished.insert(id);
        if self.finished.len() > Self::CAPACITY
            && let Some(oldest) = self.finished.pop_first()
        {
            self.deliveries.remove(&oldest);
            self.dropped += 1;
        }
    }

    /// Drops the oldest unfinished delivery.
    fn drop_oldest(&mut self, now: Timestamp) {
        let mut waiting = self.deliveries.keys();
        let Some(id) = waiting.find(|id| !self.finished.contains(id)).copied() else {
            return;
        };
        self.unschedule(id);
        self.leave_line(id, now);
        self.deliveries.remove(&id);
        self.dropped += 1;
    }

    /// Schedules the next delivery of the invoice.
    fn leave_line(&mut self, id: u64, now: Timestamp) {
        let Some(invoice) = self.deliveries.get(&id).map(|delivery| delivery.invoice) else {
            return;
        };
        if let Some(open) = self.open.get_mut(&invoice) {
            open.remove(&id);
            match open.first().copied() {
                None => drop(self.open.remove(&invoice)),
                Some(next) => self.release(next, now),
            }
        }
    }
}

/// Whether a delivery has no time yet, because it waits for another.
fn is_behind(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Waiting && delivery.due.is_none()
}

/// Splitmix64's finalizer, which maps nearby numbers far apart.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::payment::{Change, Charge, InvoiceState};

    /// An outbox with a callback for each of these invoices.
    fn with(invoices: impl Iterator<Item = u64>) -> (Outbox, Timestamp) {
        let mut outbox = Outbox::new(CallbackOrder::Fifo, 7);
        let at = Clock::default().now();
        for invoice in invoices {
            let frozen = Frozen {
                body: "{}".into(),
                signature: String::new(),
            };
            let state = InvoiceState::Paid;
            let change = Change::moved(Charge::to(state));
            let event = Event {
                at,
                invoice,
                state,
                change,
            };
            outbox.push(&event, frozen);
        }
        (outbox, at)
    }

    #[test]
    fn drops_the_oldest_deliveries_beyond_the_limits() {
        let (mut outbox, at) = with(0..Outbox::CAPACITY as u64 + 3);
        while let Some(shipment) = outbox.take_due(at) {
            let result = AttemptResult::Response(200);
            outbox.finish(shipment.delivery.id, Attempt { at, result }, None);
        }
        assert!(outbox.open.is_empty());
        let all = outbox.all();
        assert_eq!(
            (all.len(), all.dropped(), all[0].id),
            (Outbox::CAPACITY, 3, 4)
        );

        let (mut outbox, at) = with([1, 1].into_iter().chain(2..=Outbox::PATIENCE as u64));
        assert_eq!(outbox.all().dropped(), 1);
        let next = outbox.take_due(at).unwrap().delivery.id;
        assert_eq!(next, 2, "the next of invoice 1");
    }
}
