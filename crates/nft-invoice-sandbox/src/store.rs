use std::collections::VecDeque;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::account::Account;
use crate::activity::{Activities, Activity, Subscribers};
use crate::assumption::Assumptions;
use crate::callback::Callbacks;
use crate::callback_url::CallbackUrl;
use crate::charge::Charge;
use crate::clock::Clock;
use crate::delivery::{Attempt, Deliveries};
use crate::event::{Change, Event};
use crate::invoice::Invoice;
use crate::journal::{Journal, RequestRecord, Requests};
use crate::ledger::{Ledger, NotAllowed};
#[cfg(feature = "sqlite")]
use crate::log::DatabaseError;
use crate::log::{Entry, Log, NotWritten};
use crate::order::Order;
use crate::outbox::{Outbox, Shipment};
use crate::outcome::Outcome;
use crate::reason::Reason;
use crate::state::InvoiceState;

/// All that a sandbox remembers and what may change in it, behind one lock: who holds it is the one writer.
pub(crate) struct Store {
    pub(crate) account: Arc<Account>,
    pub(crate) callbacks: Callbacks,
    pub(crate) assumptions: Assumptions,
    pub(crate) clock: Arc<Clock>,
    /// `None`: everything is gone at the end.
    pub(crate) log: Option<Log>,
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

/// Why nothing was changed.
#[derive(Debug)]
pub(crate) enum NotChanged {
    NotAllowed(NotAllowed),
    NotWritten(NotWritten),
}

impl Store {
    /// For reading; every change goes through the methods below, so that the merchant and subscribers hear of it.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A new invoice, and what follows on its creation at once.
    pub(crate) fn create(
        &mut self,
        at: Timestamp,
        order: Order,
        then: Option<Change>,
    ) -> Result<Invoice, NotWritten> {
        let created = self.ledger.create(at, order);
        let then = then.map(|change| created.followed_by(change));
        self.commit(created, then)
    }

    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
    ) -> Result<Invoice, NotChanged> {
        let event = self.ledger.change(at, invoice, change)?;
        Ok(self.commit(event, None)?)
    }

    pub(crate) fn move_clock(&mut self, at: Timestamp) -> Result<(), NotWritten> {
        let ahead = self.clock.ahead_at(at);
        self.write(vec![Entry::Clock { at, ahead }])
    }

    /// Forgets everything but the settings and the time. A callback that is under way comes to nothing here.
    pub(crate) fn reset(&mut self, at: Timestamp) -> Result<(), NotWritten> {
        self.write(vec![Entry::Reset { at }])?;
        self.journal = Journal::default();
        self.script.clear();
        Ok(())
    }

    /// The move of `invoice` to a state that the state table has or, forced, to any but CREATED.
    pub(crate) fn transition(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        to: InvoiceState,
        force: bool,
    ) -> Result<Invoice, NotChanged> {
        let charge = match to {
            InvoiceState::Failed => Charge::failed(Reason::Declined),
            to => Charge::to(to),
        };
        let event = match force {
            true => self.ledger.force(at, invoice, charge),
            false => self.ledger.change(at, invoice, Change::moved(charge)),
        };
        Ok(self.commit(event?, None)?)
    }

    /// Takes in what the log says has happened, and writes to it from now on.
    #[cfg(feature = "sqlite")]
    pub(crate) fn restore(&mut self, log: Log) -> Result<(), DatabaseError> {
        log.each(|entry| self.apply(entry))?;
        self.log = Some(log);
        Ok(())
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
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Result<Option<Due>, NotWritten> {
        let Some(next) = self.next_due().filter(|at| *at <= now) else {
            return Ok(None);
        };
        if let Some(event) = self.ledger.take_due(next) {
            self.commit(event, None)?;
            return Ok(Some(Due::Event));
        }
        let Some(url) = self.callbacks.url.clone() else {
            return Ok(None);
        };
        let shipment = self.outbox.take_due(next);
        Ok(shipment.map(|shipment| Due::Shipment(Box::new(shipment), url)))
    }

    /// `asked`: how long the receiver wants to be left alone.
    pub(crate) fn attempted(
        &mut self,
        shipment: &Shipment,
        attempt: Attempt,
        asked: Option<Duration>,
    ) {
        if !self.outbox.made(shipment) {
            return;
        }
        let (delivery, retries) = (shipment.delivery.id, &self.callbacks.retries);
        let again_in = self
            .outbox
            .again_in(delivery, &attempt.result, asked, retries);
        let entry = Entry::Attempt {
            delivery,
            attempt,
            again_in,
        };
        // What was sent was sent. If it cannot be written, it is sent again after a restart.
        let _ = self.append(slice::from_ref(&entry));
        self.apply(entry);
    }

    /// For what a fault does to when a callback is sent.
    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Sends callbacks once more; how many there were.
    pub(crate) fn replay(
        &mut self,
        ids: impl IntoIterator<Item = u64>,
        at: Timestamp,
    ) -> Result<usize, NotWritten> {
        let deliveries = self.outbox.replayable(ids);
        let count = deliveries.len();
        self.write(vec![Entry::Replay { deliveries, at }])?;
        Ok(count)
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

    /// Makes one or two events of an invoice true, both or none. The invoice after them.
    fn commit(&mut self, first: Event, then: Option<Event>) -> Result<Invoice, NotWritten> {
        let id = first.invoice;
        let order = match &first.change {
            Change::Created(order) => Some(order),
            _ => self.ledger.get(id).map(|invoice| &invoice.order),
        };
        let order = Arc::clone(order.expect("an event's invoice exists"));
        let entries = [Some(first), then].into_iter().flatten().map(|event| {
            let frozen = self.callbacks.freeze(&self.assumptions, &order, &event);
            Entry::Event(event, frozen)
        });
        let entries = entries.collect();
        self.write(entries)?;
        let invoice = self.ledger.get(id).expect("an event's invoice exists");
        Ok(invoice.clone())
    }

    /// Makes entries true once they are in the log.
    fn write(&mut self, entries: Vec<Entry>) -> Result<(), NotWritten> {
        self.append(&entries)?;
        entries.into_iter().for_each(|entry| self.apply(entry));
        Ok(())
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), NotWritten> {
        let written = self.log.as_mut().map_or(Ok(()), |log| log.write(entries));
        written.inspect_err(|error| self.subscribers.tell(&Activity::NotWritten(error.clone())))
    }

    /// The reducer, for what happens and for what the log says has happened.
    fn apply(&mut self, entry: Entry) {
        let due = self.next_due();
        // Time does not go back before what has happened, however the clock is set at the next start.
        self.clock.move_to(entry.at());
        match entry {
            Entry::Event(event, frozen) => {
                self.subscribers.tell(&Activity::Invoice(event.clone()));
                if let Some(frozen) = frozen {
                    self.outbox.push(&event, frozen);
                }
                self.ledger.apply(event);
            }
            Entry::Attempt {
                delivery,
                attempt,
                again_in,
            } => {
                if let Some(attempted) = self.outbox.finish(delivery, attempt, again_in) {
                    self.subscribers.tell(&Activity::Callback(attempted));
                }
            }
            Entry::Replay { deliveries, at } => self.outbox.replay(&deliveries, at),
            Entry::Clock { ahead, .. } => {
                self.clock.follow(ahead);
                let stands = self.clock.now().to_string();
                self.subscribers.tell(&Activity::Clock(stands));
            }
            Entry::Reset { .. } => {
                self.ledger.clear();
                self.outbox.clear();
                self.subscribers.tell(&Activity::Reset);
            }
        }
        let sooner = |next| due.is_none_or(|due| next < due);
        if self.next_due().is_some_and(sooner) {
            self.wake.notify_one();
        }
    }
}

impl From<NotAllowed> for NotChanged {
    fn from(why: NotAllowed) -> Self {
        Self::NotAllowed(why)
    }
}

impl From<NotWritten> for NotChanged {
    fn from(why: NotWritten) -> Self {
        Self::NotWritten(why)
    }
}
