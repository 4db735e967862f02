use std::collections::VecDeque;

use jiff::Timestamp;

/// Which invoices something happens to by itself and when, soonest first. What no longer happens may still be in it,
/// but [`settle`](Self::settle) keeps it from being the first.
#[derive(Debug, Default)]
pub(crate) struct Agenda(VecDeque<(Timestamp, u64)>);

impl Agenda {
    pub(crate) fn first(&self) -> Option<(Timestamp, u64)> {
        self.0.front().copied()
    }

    pub(crate) fn add(&mut self, at: Timestamp, invoice: u64) {
        let item = (at, invoice);
        // Nearly always: an invoice expires after those that are older.
        if self.0.back().is_none_or(|last| *last < item) {
            self.0.push_back(item);
        } else if let Err(place) = self.0.binary_search(&item) {
            self.0.insert(place, item);
        }
    }

    /// Forgets the first until it is one that `happens`.
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
        /// Beside a set that forgets at once what no longer happens.
        #[test]
        fn the_first_is_always_the_soonest_that_happens(
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
