use std::sync::mpsc::Receiver;

use jiff::Timestamp;

use crate::activity::{Activity, Subscribers};
use crate::event::{Change, Event};
use crate::invoice::{Invoice, Order};
use crate::journal::{Journal, RequestRecord, Requests};
use crate::ledger::{Ledger, NotAllowed};

/// All that a sandbox remembers, behind one lock: who holds it is the one writer.
pub(crate) struct Store {
    ledger: Ledger,
    journal: Journal,
    subscribers: Subscribers,
}

impl Store {
    pub(crate) fn new(failed_reopens: bool) -> Self {
        Self {
            ledger: Ledger::new(failed_reopens),
            journal: Journal::default(),
            subscribers: Subscribers::default(),
        }
    }

    /// For reading; every change goes through the two methods below, so that subscribers hear of it.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn create(&mut self, at: Timestamp, order: Order) -> Invoice {
        let event = self.ledger.create(at, order).clone();
        self.told(event)
    }

    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
    ) -> Result<Invoice, NotAllowed> {
        let event = self.ledger.change(at, invoice, change)?.clone();
        Ok(self.told(event))
    }

    pub(crate) fn answered(&mut self, record: RequestRecord) {
        self.journal.push(record.clone());
        self.subscribers.tell(&Activity::Request(record));
    }

    pub(crate) fn requests(&self) -> Requests {
        self.journal.snapshot()
    }

    pub(crate) fn subscribe(&mut self) -> Receiver<Activity> {
        self.subscribers.add()
    }

    /// The invoice after `event`, once subscribers have heard of it.
    fn told(&mut self, event: Event) -> Invoice {
        let id = event.invoice;
        self.subscribers.tell(&Activity::Invoice(event));
        let invoice = self.ledger.get(id);
        invoice.expect("an event's invoice exists").clone()
    }
}
