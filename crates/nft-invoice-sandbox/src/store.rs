use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::activity::{Activities, Activity, Subscribers};
use crate::app::Account;
use crate::assumption::Assumptions;
use crate::callback::Callbacks;
use crate::callback_url::CallbackUrl;
use crate::delivery::{Attempt, Deliveries};
use crate::event::{Change, Event};
use crate::invoice::{Invoice, Order};
use crate::journal::{Journal, RequestRecord, Requests};
use crate::ledger::{Ledger, NotAllowed};
use crate::outbox::{Outbox, Shipment};
use crate::outcome::Outcome;

/// All that a sandbox remembers and what may change in it, behind one lock: who holds it is the one writer.
pub(crate) struct Store {
    pub(crate) account: Arc<Account>,
    pub(crate) callbacks: Callbacks,
    pub(crate) assumptions: Assumptions,
    /// What the next attempts to pay come to.
    pub(crate) script: VecDeque<Outcome>,
    pub(crate) ledger: Ledger,
    pub(crate) outbox: Outbox,
    pub(crate) journal: Journal,
    pub(crate) subscribers: Subscribers,
    /// Told whenever something may have become due.
    pub(crate) wake: Arc<Notify>,
}

/// Something that is due.
pub(crate) enum Due {
    /// It has happened.
    Event,
    /// It is to be sent.
    Shipment(Box<Shipment>, CallbackUrl),
}

impl Store {
    /// For reading; every change goes through the methods below, so that the merchant and subscribers hear of it.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn create(&mut self, at: Timestamp, order: Order) -> Invoice {
        let event = self.ledger.create(at, order);
        self.commit(event)
    }

    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
    ) -> Result<Invoice, NotAllowed> {
        let event = self.ledger.change(at, invoice, change)?;
        Ok(self.commit(event))
    }

    /// When something next happens by itself. Callbacks wait until there is a place to send them.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let callback = self
            .outbox
            .next_due()
            .filter(|_| self.callbacks.url.is_some());
        let dues = [self.ledger.next_due(), callback];
        dues.into_iter().flatten().min()
    }

    /// What is due first at `now`. Invoices come before what is to be told of them.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Due> {
        let next = self.next_due().filter(|at| *at <= now)?;
        if let Some(event) = self.ledger.take_due(next) {
            self.commit(event);
            return Some(Due::Event);
        }
        let url = self.callbacks.url.clone()?;
        let shipment = self.outbox.take_due(next)?;
        Some(Due::Shipment(Box::new(shipment), url))
    }

    /// `asked`: how long the receiver wants to be left alone.
    pub(crate) fn attempted(&mut self, delivery: u64, attempt: Attempt, asked: Option<Duration>) {
        let retries = &self.callbacks.retries;
        if let Some(attempted) = self.outbox.finish(delivery, attempt, asked, retries) {
            self.subscribers.tell(&Activity::Callback(attempted));
            self.wake.notify_one();
        }
    }

    /// For what a fault does to when a callback is sent.
    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Sends callbacks once more; how many there were.
    pub(crate) fn replay(&mut self, ids: impl IntoIterator<Item = u64>, now: Timestamp) -> usize {
        let replayed = self.outbox.replay(ids, now);
        self.wake.notify_one();
        replayed
    }

    pub(crate) fn deliveries(&self) -> Deliveries {
        self.outbox.all()
    }

    pub(crate) fn answered(&mut self, record: RequestRecord) {
        self.subscribers.tell(&Activity::Request(record.clone()));
        self.journal.push(record);
    }

    pub(crate) fn requests(&self) -> Requests {
        self.journal.snapshot()
    }

    pub(crate) fn subscribe(&mut self) -> Activities {
        self.subscribers.add()
    }

    /// Makes an event true. The invoice after it.
    fn commit(&mut self, event: Event) -> Invoice {
        let id = event.invoice;
        self.subscribers.tell(&Activity::Invoice(event.clone()));
        self.ledger.apply(event.clone());
        let invoice = self.ledger.get(id).expect("an event's invoice exists");
        let frozen = self
            .callbacks
            .freeze(&self.assumptions, &invoice.order, &event);
        if let Some(frozen) = frozen {
            self.outbox.push(&event, frozen);
        }
        self.wake.notify_one();
        invoice.clone()
    }
}
