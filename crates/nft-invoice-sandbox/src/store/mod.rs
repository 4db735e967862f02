//! What is stored: the single writer, its database, and the latest requests.

mod activity;
mod advance;
mod database;
mod entry;
mod reducer;
mod reply;
mod request_outcome;
mod requests;

pub use activity::{Activity, ActivityStream};
pub(crate) use advance::Advance;
pub use advance::AdvanceError;
pub use database::{DatabaseError, IntactData, WriteError, recover_database};
pub use reply::Reply;
pub use request_outcome::RequestOutcome;
pub use requests::{RequestRecord, Requests, UnexpectedRequests};

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{iter, slice};

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Notify;

use crate::assumption::{Assumptions, CallbackOrder};
use crate::callback::{Attempt, AttemptResult, Callbacks, Outbox, Shipment, Target};
use crate::clock::Clock;
use crate::fault::CallbackEffects;
use crate::gateway::Account;
use crate::payment::{
    Change, Charge, Event, Invoice, InvoiceState, Ledger, NotAllowed, Order, Outcome, Reason,
};
use activity::Subscribers;
use database::Database;
use entry::Entry;
use requests::Journal;

/// The state of a sandbox, behind one lock: its holder is the single writer. Every change that a restart keeps is an
/// [`Entry`]; the public fields are not stored.
pub(crate) struct Store {
    pub(crate) account: Arc<Account>,
    pub(crate) callbacks: Callbacks,
    /// The outcomes of the next payment attempts.
    pub(crate) queue: VecDeque<Outcome>,
    pub(crate) journal: Journal,
    pub(crate) subscribers: Subscribers,
    /// Notified when something may have become due.
    pub(crate) wake: Arc<Notify>,
    assumptions: Assumptions,
    clock: Arc<Clock>,
    /// `None`: the state is kept in memory only.
    database: Option<Database>,
    ledger: Ledger,
    outbox: Outbox,
}

/// Something that is due.
pub(crate) enum Due {
    /// It has been applied.
    Event,
    /// A callback to be sent.
    Shipment(Box<Shipment>, Target),
}

/// Why nothing was changed.
#[derive(Debug, Error)]
#[error(transparent)]
pub(crate) enum NotChanged {
    NotAllowed(#[from] NotAllowed),
    WriteError(#[from] WriteError),
}

impl Store {
    pub(crate) fn new(
        account: Account,
        callbacks: Callbacks,
        assumptions: Assumptions,
        clock: Arc<Clock>,
        kept_invoices: usize,
        seed: u64,
    ) -> Self {
        Self {
            account: Arc::new(account),
            callbacks,
            ledger: Ledger::new(assumptions.clone(), kept_invoices),
            outbox: Outbox::new(assumptions.callback_order, seed),
            assumptions,
            clock,
            database: None,
            queue: VecDeque::new(),
            journal: Journal::default(),
            subscribers: Subscribers::default(),
            wake: Arc::default(),
        }
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) const fn outbox(&self) -> &Outbox {
        &self.outbox
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
        let then = then.map(|then| created.followed_by(then));
        self.commit(created, then)
    }

    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
    ) -> Result<Invoice, NotChanged> {
        let event = self.ledger.change(at, invoice, change, false)?;
        Ok(self.commit(event, None)?)
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
        let event = self
            .ledger
            .change(at, invoice, Change::moved(charge), force)?;
        Ok(self.commit(event, None)?)
    }

    /// `record` gets the reference of its invoice here.
    pub(crate) fn record_request(&mut self, mut record: RequestRecord) {
        record.reference = record.invoice.and_then(|id| self.shown_reference(id));
        self.subscribers
            .notify(|| Activity::Request(record.clone()));
        self.journal.push(record);
    }

    /// Changes the settings that can be changed while the sandbox runs.
    pub(crate) fn configure(
        &mut self,
        account: Account,
        callbacks: Callbacks,
        order: CallbackOrder,
    ) {
        self.account = Arc::new(account);
        self.callbacks = callbacks;
        if order != self.outbox.order() {
            self.outbox.set_order(order, self.clock.now());
        }
        // Callbacks that waited for a URL, or for another callback, are due now.
        self.wake.notify_one();
    }

    pub(crate) fn move_clock(&mut self, at: Timestamp) -> Result<(), WriteError> {
        let ahead = self.clock.ahead_at(at);
        self.write(vec![Entry::Clock { at, ahead }])
    }

    /// Moves the clock to the time of the next scheduled event. An invoice's event is applied in the same write.
    pub(crate) fn step(&mut self, at: Timestamp) -> Result<(), WriteError> {
        let ahead = self.clock.ahead_at(at);
        let mut entries = vec![Entry::Clock { at, ahead }];
        if let Some(event) = self.ledger.take_due(at) {
            entries.extend(self.entries(event, None));
        }
        self.write(entries)
    }

    /// Deletes everything except the settings and the time. The result of a callback that is being sent is discarded.
    pub(crate) fn reset(&mut self, at: Timestamp) -> Result<(), WriteError> {
        self.write(vec![Entry::Reset { at }])
    }

    /// Restores the state from this file, and writes to it from now on.
    pub(crate) fn restore(&mut self, path: &Path) -> Result<(), DatabaseError> {
        self.database = Some(Database::open(path, |entry| self.apply(entry))?);
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
            delivery,
            attempt,
            again_in,
        };
        // The callback has been sent. If this cannot be written, it is sent again after a restart.
        let _ = self.append(slice::from_ref(&entry));
        self.apply(entry);
    }

    /// Sends a callback that is due, unless its faults postpone or drop it. Returns the faults of what is sent.
    pub(crate) fn dispatch(
        &mut self,
        shipment: &Shipment,
        effects: CallbackEffects,
        at: Timestamp,
    ) -> Option<CallbackEffects> {
        if !self.outbox.made(shipment) {
            return None;
        }
        self.outbox
            .dispatch(shipment.delivery.id, effects.clone(), at);
        if effects.postpones() {
            return None;
        }
        if effects.drop {
            if !shipment.copy {
                let result = AttemptResult::Dropped;
                self.attempted(shipment, Attempt { at, result }, None);
            }
            return None;
        }
        Some(effects)
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
        Assumptions {
            callback_order: self.outbox.order(),
            ..self.assumptions.clone()
        }
    }

    /// Releases the database; later changes fail.
    pub(crate) fn close(&mut self) {
        if let Some(database) = &mut self.database {
            database.close();
        }
    }

    /// Commits an event, and one of the same invoice that follows immediately, both or none. Returns the changed invoice.
    fn commit(&mut self, event: Event, then: Option<Event>) -> Result<Invoice, WriteError> {
        let id = event.invoice;
        self.write(self.entries(event, then))?;
        let invoice = self.ledger.get(id).expect("an event's invoice exists");
        Ok(invoice.clone())
    }

    /// The entries of an event, and of one of the same invoice that follows immediately, with their callbacks.
    fn entries(&self, event: Event, then: Option<Event>) -> Vec<Entry> {
        let order = match &event.change {
            Change::Created(order) => Some(order),
            _ => self.ledger.get(event.invoice).map(|one| &one.order),
        };
        let order = Arc::clone(order.expect("an event's invoice exists"));
        let entry = |event| Entry::Event {
            callback: self.callbacks.freeze(&self.assumptions, &order, &event),
            event,
        };
        iter::once(event).chain(then).map(entry).collect()
    }
}
