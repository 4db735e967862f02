//! What is stored: the single writer, its log, and the latest requests.

pub(crate) mod activity;
pub(crate) mod advance;
pub(crate) mod log;
pub(crate) mod reply;
pub(crate) mod request_outcome;
pub(crate) mod requests;

use std::collections::VecDeque;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::assumption::Assumptions;
use crate::callback::delivery::{Attempt, BlockedCallback, Deliveries};
use crate::callback::message::Callbacks;
use crate::callback::order::CallbackOrder;
use crate::callback::outbox::{Outbox, Shipment};
use crate::callback::target::Target;
use crate::clock::Clock;
use crate::gateway::account::Account;
use crate::payment::charge::Charge;
use crate::payment::event::{Change, Event};
use crate::payment::invoice::Invoice;
use crate::payment::invoice_event::InvoiceEvent;
use crate::payment::ledger::{Ledger, NotAllowed};
use crate::payment::order::Order;
use crate::payment::outcome::Outcome;
use crate::payment::reason::Reason;
use crate::payment::state::InvoiceState;
use crate::store::activity::{Activity, ActivityStream, Subscribers};
#[cfg(feature = "sqlite")]
use crate::store::log::DatabaseError;
use crate::store::log::{Entry, Log, WriteError};
use crate::store::requests::{Journal, RequestRecord, Requests};

/// The state of a sandbox, behind one lock: its holder is the single writer.
pub(crate) struct Store {
    pub(crate) account: Arc<Account>,
    pub(crate) callbacks: Callbacks,
    pub(crate) assumptions: Assumptions,
    pub(crate) clock: Arc<Clock>,
    /// `None`: the state is kept in memory only.
    pub(crate) log: Option<Log>,
    /// The queued outcomes of the next payment attempts.
    pub(crate) script: VecDeque<Outcome>,
    pub(crate) ledger: Ledger,
    pub(crate) outbox: Outbox,
    pub(crate) journal: Journal,
    pub(crate) subscribers: Subscribers,
    /// Notified when something may have become due.
    pub(crate) wake: Arc<Notify>,
}

/// Something that is due.
pub(crate) enum Due {
    /// It has been applied.
    Event,
    /// A callback to be sent.
    Shipment(Box<Shipment>, Target),
}

/// Why nothing was changed.
#[derive(Debug)]
pub(crate) enum NotChanged {
    NotAllowed(NotAllowed),
    WriteError(WriteError),
}

impl Store {
    /// Read access. Changes go through the methods below, so that callbacks and subscribers are notified.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The merchant's reference of an invoice, with card numbers masked.
    pub(crate) fn shown_reference(&self, invoice: u64) -> Option<String> {
        self.ledger.get(invoice)?.order.shown_reference()
    }

    /// Creates an invoice, and applies the change that follows immediately.
    pub(crate) fn create(
        &mut self,
        at: Timestamp,
        order: Order,
        then: Option<Change>,
    ) -> Result<Invoice, WriteError> {
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

    pub(crate) fn move_clock(&mut self, at: Timestamp) -> Result<(), WriteError> {
        let ahead = self.clock.ahead_at(at);
        self.write(vec![Entry::Clock { at, ahead }])
    }

    /// Moves the clock to the time of the next scheduled event. An invoice's event is applied in the same write.
    pub(crate) fn step(&mut self, at: Timestamp) -> Result<(), WriteError> {
        let ahead = self.clock.ahead_at(at);
        let mut entries = vec![Entry::Clock { at, ahead }];
        if let Some(event) = self.ledger.take_due(at)
            && let Some(invoice) = self.ledger.get(event.invoice)
        {
            entries.push(self.entry(&invoice.order, event));
        }
        self.write(entries)
    }

    /// Deletes everything except the settings and the time. The result of a callback that is being sent is discarded.
    pub(crate) fn reset(&mut self, at: Timestamp) -> Result<(), WriteError> {
        self.write(vec![Entry::Reset { at }])?;
        self.journal = Journal::default();
        self.script.clear();
        Ok(())
    }

    /// Changes the status as the state table allows or, if forced, to any status except CREATED.
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

    /// Restores the state from the log in this file, and writes to it from now on.
    #[cfg(feature = "sqlite")]
    pub(crate) fn restore(&mut self, path: &Path) -> Result<(), DatabaseError> {
        self.log = Some(Log::open(path, |entry| self.apply(entry))?);
        Ok(())
    }

    /// The time of the next scheduled event. Callbacks wait while no URL is set.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let callback = self
            .outbox
            .next_due()
            .filter(|_| self.callbacks.url.is_some());
        let dues = [self.ledger.next_due(), callback];
        dues.into_iter().flatten().min()
    }

    /// Takes the first event that is due at `now`. Invoices come before callbacks.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Result<Option<Due>, WriteError> {
        let Some(next) = self.next_due().filter(|at| *at <= now) else {
            return Ok(None);
        };
        if let Some(event) = self.ledger.take_due(next) {
            self.commit(event, None)?;
            return Ok(Some(Due::Event));
        }
        let Some(target) = self.callbacks.target() else {
            return Ok(None);
        };
        let shipment = self.outbox.take_due(next);
        Ok(shipment.map(|shipment| Due::Shipment(Box::new(shipment), target)))
    }

    /// `asked`: the receiver's `Retry-After`.
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
            at: attempt.at,
            delivery,
            result: attempt.result,
            again_in,
        };
        // The callback has been sent. If this cannot be written, it is sent again after a restart.
        let _ = self.append(slice::from_ref(&entry));
        self.apply(entry);
    }

    /// Access for faults that change when a callback is sent.
    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Replays callbacks, and returns how many.
    pub(crate) fn replay(
        &mut self,
        ids: impl IntoIterator<Item = u64>,
        at: Timestamp,
    ) -> Result<usize, WriteError> {
        let deliveries = self.outbox.replayable(ids);
        let count = deliveries.len();
        self.write(vec![Entry::Replay { at, deliveries }])?;
        Ok(count)
    }

    /// The options that apply now: the order of callbacks can change while the sandbox runs.
    pub(crate) fn current_assumptions(&self) -> Assumptions {
        let mut current = self.assumptions.clone();
        let order = self.outbox.order();
        if order != CallbackOrder::assumed(&current) {
            let switched = current.switch(CallbackOrder::ASSUMPTION, &order.to_string());
            switched.expect("every order is an option");
        }
        current
    }

    pub(crate) fn deliveries(&self) -> Deliveries {
        self.outbox.all()
    }

    /// `record` gets the reference of its invoice here.
    pub(crate) fn record_request(&mut self, mut record: RequestRecord) {
        record.reference = record.invoice.and_then(|id| self.shown_reference(id));
        self.subscribers.notify(&Activity::Request(record.clone()));
        self.journal.push(record);
    }

    pub(crate) fn requests(&self) -> Requests {
        self.journal.snapshot()
    }

    pub(crate) fn subscribe(&mut self) -> ActivityStream {
        self.subscribers.add()
    }

    /// Commits one or two events of an invoice, both or none, and returns the changed invoice.
    fn commit(&mut self, first: Event, then: Option<Event>) -> Result<Invoice, WriteError> {
        let id = first.invoice;
        let order = match &first.change {
            Change::Created(order) => Some(order),
            _ => self.ledger.get(id).map(|invoice| &invoice.order),
        };
        let order = Arc::clone(order.expect("an event's invoice exists"));
        let entries = [Some(first), then].into_iter().flatten();
        let entries = entries.map(|event| self.entry(&order, event));
        let entries = entries.collect();
        self.write(entries)?;
        let invoice = self.ledger.get(id).expect("an event's invoice exists");
        Ok(invoice.clone())
    }

    /// The entry of an event, with its callback.
    fn entry(&self, order: &Order, event: Event) -> Entry {
        let callback = self.callbacks.freeze(&self.assumptions, order, &event);
        Entry::Event { event, callback }
    }

    /// Writes entries to the log, then applies them.
    fn write(&mut self, entries: Vec<Entry>) -> Result<(), WriteError> {
        self.append(&entries)?;
        entries.into_iter().for_each(|entry| self.apply(entry));
        Ok(())
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), WriteError> {
        let written = self.log.as_mut().map_or(Ok(()), |log| log.write(entries));
        written.inspect_err(|error| {
            self.subscribers
                .notify(&Activity::WriteError(error.clone()))
        })
    }

    /// The reducer, for new entries and for those from the log.
    fn apply(&mut self, entry: Entry) {
        let due = self.next_due();
        // The clock never goes back before the last event, whatever its setting at the next start.
        self.clock.move_to(entry.at());
        match entry {
            Entry::Event { event, callback } => {
                let reference = match &event.change {
                    Change::Created(order) => order.shown_reference(),
                    _ => self.shown_reference(event.invoice),
                };
                let change = InvoiceEvent::new(event.clone(), reference);
                self.subscribers.notify(&Activity::Invoice(change));
                if let Some(callback) = callback {
                    let id = self.outbox.push(&event, callback);
                    let blocked = self.outbox.blocked(id, event.at);
                    self.notify_blocked(blocked);
                }
                self.ledger.apply(event);
            }
            Entry::Attempt {
                at,
                delivery,
                result,
                again_in,
            } => {
                let attempt = Attempt { at, result };
                if let Some(mut attempted) = self.outbox.finish(delivery, attempt, again_in) {
                    attempted.reference = self.shown_reference(attempted.invoice);
                    let blocked = self.outbox.blocked_by(&attempted);
                    self.subscribers.notify(&Activity::Callback(attempted));
                    self.notify_blocked(blocked);
                }
            }
            Entry::Replay { at, deliveries } => self.outbox.replay(&deliveries, at),
            Entry::Clock { ahead, .. } => {
                self.clock.follow(ahead);
                let now = self.clock.now().to_string();
                self.subscribers.notify(&Activity::Clock(now));
            }
            Entry::Reset { .. } => {
                self.ledger.clear();
                self.outbox.clear();
                self.subscribers.notify(&Activity::Reset);
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
            self.subscribers.notify(&Activity::Blocked(one));
        }
    }
}

impl From<NotAllowed> for NotChanged {
    fn from(why: NotAllowed) -> Self {
        Self::NotAllowed(why)
    }
}

impl From<WriteError> for NotChanged {
    fn from(why: WriteError) -> Self {
        Self::WriteError(why)
    }
}
