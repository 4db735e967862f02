use std::collections::VecDeque;

use jiff::Timestamp;

/// The schedule of invoice events, earliest first. It may contain outdated entries, but [`settle`](Self::settle) removes
/// them from the front.
#[derive(Debug, Default)]
pub(crate) struct Agenda(VecDeque<(Timestamp, u64)>);

impl Agenda {
    pub(crate) fn first(&self) -> Option<(Timestamp, u64)> {
        self.0.front().copied()
    }

    pub(crate) fn add(&mut self, at: Timestamp, invoice: u64) {
        let item = (at, invoice);
        // The usual case: an invoice expires after older ones.
        if self.0.back().is_none_or(|last| *last < item) {
            self.0.push_back(item);
        } else if let Err(place) = self.0.binary_search(&item) {
            self.0.insert(place, item);
        }
    }

    /// Removes outdated entries from the front.
    pub(crate) fn settle(&mut self, happens: impl Fn(Timestamp, u64) -> bool) {
        while let Some((at, invoice)) = self.first()
            && !happens(at, invoice)
        {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Compared with a set that removes outdated entries immediately.
        #[test]
        fn returns_the_earliest_valid_event_first(
            steps in prop::collection::vec((0..20_i64, 0..5_u64, any::<bool>()), 0..60),
        ) {
            let (mut agenda, mut set) = (Agenda::default(), BTreeSet::new());
            for (second, invoice, adds) in steps {
                let at = Timestamp::from_second(second).unwrap();
                if adds {
                    agenda.add(at, invoice);
                    set.insert((at, invoice));
                } else {
                    set.remove(&(at, invoice));
                }
                agenda.settle(|at, invoice| set.contains(&(at, invoice)));
                prop_assert_eq!(agenda.first(), set.first().copied());
            }
        }
    }
}
