use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::assumption::CallbackOrder;

/// When deliveries are due, and in which order those that are due at the same time are sent.
pub(super) struct Schedule {
    /// The due time, the rank at that time, and the delivery.
    due: BTreeSet<(Timestamp, u64, u64)>,
    order: CallbackOrder,
    seed: u64,
}

impl Schedule {
    pub(super) const fn new(order: CallbackOrder, seed: u64) -> Self {
        Self {
            due: BTreeSet::new(),
            order,
            seed,
        }
    }

    pub(super) const fn order(&self) -> CallbackOrder {
        self.order
    }

    pub(super) fn set_order(&mut self, order: CallbackOrder) {
        self.order = order;
        for (at, _, id) in std::mem::take(&mut self.due) {
            self.add(id, at);
        }
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, ..)| *at)
    }

    /// Takes the first delivery that is due at `now`.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<u64> {
        let first = self.due.first().filter(|(at, ..)| *at <= now).copied()?;
        self.due.remove(&first);
        Some(first.2)
    }

    pub(super) fn add(&mut self, id: u64, at: Timestamp) {
        self.due.insert((at, self.rank(id), id));
    }

    pub(super) fn remove(&mut self, id: u64, at: Timestamp) {
        self.due.remove(&(at, self.rank(id), id));
    }

    /// Of deliveries that are due at the same time, the one with the smallest rank is sent first.
    const fn rank(&self, id: u64) -> u64 {
        match self.order {
            CallbackOrder::Fifo => id,
            CallbackOrder::Reverse => u64::MAX - id,
            CallbackOrder::Unordered => mix(self.seed ^ id),
        }
    }
}

/// Splitmix64's finalizer, which maps nearby numbers far apart.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
