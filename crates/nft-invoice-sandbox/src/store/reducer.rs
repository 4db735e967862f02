use crate::callback::BlockedCallback;
use crate::payment::{Change, InvoiceEvent};
use crate::store::Store;
use crate::store::activity::Activity;
use crate::store::database::WriteError;
use crate::store::entry::Entry;
use crate::store::requests::Journal;

impl Store {
    /// Writes entries to the database, then applies them.
    pub(super) fn write(&mut self, entries: Vec<Entry>) -> Result<(), WriteError> {
        self.append(&entries)?;
        entries.into_iter().for_each(|entry| self.apply(entry));
        Ok(())
    }

    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), WriteError> {
        let written = self
            .database
            .as_mut()
            .map_or(Ok(()), |database| database.write(entries));
        written.inspect_err(|error| {
            self.subscribers
                .notify(|| Activity::WriteError(error.clone()))
        })
    }

    /// The reducer, for new entries and for those from the database.
    pub(super) fn apply(&mut self, entry: Entry) {
        let due = self.next_due();
        // The clock never goes back before the last event, whatever its setting at the next start.
        self.clock.move_to(entry.at());
        match entry {
            Entry::Event { event, callback } => {
                let ledger = &self.ledger;
                self.subscribers.notify(|| {
                    let reference = match &event.change {
                        Change::Created(order) => order.shown_reference(),
                        _ => ledger
                            .get(event.invoice)
                            .and_then(|one| one.order.shown_reference()),
                    };
                    Activity::Invoice(InvoiceEvent::new(&event, reference))
                });
                if let Some(callback) = callback {
                    let id = self.outbox.push(&event, callback);
                    let blocked = self.outbox.blocked(id, event.at);
                    self.notify_blocked(blocked);
                }
                self.ledger.apply(event);
            }
            Entry::Attempt {
                delivery,
                attempt,
                again_in,
            } => {
                if let Some(mut attempted) = self.outbox.finish(delivery, attempt, again_in) {
                    attempted.reference = self.shown_reference(attempted.invoice);
                    let blocked = self.outbox.blocked_by(&attempted);
                    self.subscribers.notify(|| Activity::Callback(attempted));
                    self.notify_blocked(blocked);
                }
            }
            Entry::Replay { at, deliveries } => self.outbox.replay(&deliveries, at),
            Entry::Clock { ahead, .. } => {
                self.clock.follow(ahead);
                let at = self.clock.now();
                self.subscribers.notify(|| Activity::Clock { at });
            }
            Entry::Reset { .. } => {
                self.ledger.clear();
                self.outbox.clear();
                self.queue.clear();
                self.journal = Journal::default();
                self.subscribers.notify(|| Activity::Reset);
            }
        }
        let sooner = |next| due.is_none_or(|due| next < due);
        if self.next_due().is_some_and(sooner) {
            self.wake.notify_one();
        }
    }

    fn notify_blocked(&mut self, blocked: impl IntoIterator<Item = BlockedCallback>) {
        for mut one in blocked {
            one.reference = self.shown_reference(one.invoice);
            self.subscribers.notify(|| Activity::Blocked(one));
        }
    }
}
