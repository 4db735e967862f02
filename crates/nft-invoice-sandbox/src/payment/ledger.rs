use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::assumption::{Assumptions, FailedReopens};
use crate::payment::charge::Charge;
use crate::payment::event::{Change, Event};
use crate::payment::expiry::upcoming;
use crate::payment::invoice::Invoice;
use crate::payment::order::Order;
use crate::payment::state::InvoiceState;
use crate::payment::token::Token;

/// The invoices, folded from their events. The one place that changes an invoice.
pub(crate) struct Ledger {
    /// The invoices that are kept, oldest first. Their numbers have no gaps.
    files: VecDeque<File>,
    /// What a list selects by, of the same invoices in the same places.
    summaries: VecDeque<Summary>,
    /// The number of the newest invoice.
    last: u64,
    /// The scheduled events by invoice, earliest first.
    due: BTreeSet<(Timestamp, u64)>,
    assumptions: Assumptions,
    /// The number of invoices to keep.
    capacity: usize,
}

/// An invoice and its events after its creation, oldest first.
struct File {
    invoice: Invoice,
    later: Vec<Event>,
}

/// The part of an invoice that a list selects by. A small copy, because to visit 100,000 invoices themselves takes 20 ms.
pub(crate) struct Summary {
    pub(crate) id: u64,
    pub(crate) merchant: usize,
    pub(crate) state: InvoiceState,
    pub(crate) created_at: Timestamp,
}

/// A change that the state table does not allow, or that is based on an outdated snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAllowed {
    pub(crate) from: InvoiceState,
    pub(crate) allowed: &'static [InvoiceState],
}

impl Ledger {
    /// How many invoices are kept unless set otherwise.
    pub(crate) const CAPACITY: usize = 1_000_000;

    pub(crate) const fn new(assumptions: Assumptions, capacity: usize) -> Self {
        Self {
            files: VecDeque::new(),
            summaries: VecDeque::new(),
            last: 0,
            due: BTreeSet::new(),
            assumptions,
            capacity,
        }
    }

    /// Deletes everything; numbering restarts at 1.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.assumptions.clone(), self.capacity);
    }

    /// The number of the next invoice.
    pub(crate) const fn next_id(&self) -> u64 {
        self.last + 1
    }

    /// The creation event of the next invoice, for [`apply`](Self::apply).
    pub(crate) fn create(&self, at: Timestamp, order: Order) -> Event {
        Event {
            at,
            invoice: self.next_id(),
            state: InvoiceState::Created,
            change: Change::Created(Arc::new(order)),
        }
    }

    /// The event for a change of `invoice`, for [`apply`](Self::apply). The state table must allow it, and the snapshot must
    /// be current. If it is forced, any new status except CREATED is allowed.
    pub(crate) fn change(
        &self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
        force: bool,
    ) -> Result<Event, NotAllowed> {
        let current = self.get(invoice.id);
        let from = current.unwrap_or(invoice).state;
        let allowed = match current {
            _ if force => InvoiceState::FORCED,
            Some(current) => self.allowed(current),
            // Dropped since the snapshot was taken.
            None => &[],
        };
        let fits = match &change {
            Change::Moved { charge, .. } => allowed.contains(&charge.to),
            // These changes wait for the customer, so the invoice must be open.
            Change::Challenged { .. } | Change::Promised { .. } | Change::Cancelled {} => {
                from.is_open()
            }
            Change::Created(_) => false,
        };
        if !fits || current.is_none_or(|current| current.version != invoice.version) {
            return Err(NotAllowed { from, allowed });
        }
        Ok(Event {
            at,
            invoice: invoice.id,
            state: change.state_after(from),
            change,
        })
    }

    /// The allowed next statuses.
    pub(crate) fn allowed(&self, invoice: &Invoice) -> &'static [InvoiceState] {
        let failed_reopens = self.assumptions.failed_reopens == FailedReopens::Yes;
        invoice.state.next(invoice.order.mode, failed_reopens)
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Invoice> {
        self.file(id).map(|file| &file.invoice)
    }

    pub(crate) fn by_token(&self, token: &str) -> Option<&Invoice> {
        self.with_token(Token::parse(token)?)
    }

    pub(crate) fn with_token(&self, token: Token) -> Option<&Invoice> {
        let invoice = self.get(token.invoice());
        invoice.filter(|invoice| invoice.order.token == token)
    }

    /// Oldest first.
    pub(crate) fn invoices(&self) -> impl DoubleEndedIterator<Item = &Invoice> {
        self.files.iter().map(|file| &file.invoice)
    }

    /// Oldest first.
    pub(crate) fn summaries(&self) -> impl DoubleEndedIterator<Item = &Summary> {
        self.summaries.iter()
    }

    /// How many invoices are no longer kept.
    pub(crate) fn forgotten(&self) -> u64 {
        self.last - self.files.len() as u64
    }

    /// The events of an invoice, oldest first.
    pub(crate) fn events(&self, id: u64) -> impl Iterator<Item = Event> {
        let file = self.file(id).into_iter();
        file.flat_map(|file| {
            let created = file.invoice.creation();
            std::iter::once(created).chain(file.later.iter().cloned())
        })
    }

    /// The event that took an invoice from `version` to the next.
    pub(crate) fn event_after(&self, id: u64, version: u64) -> Option<&Event> {
        let place = usize::try_from(version).ok()?.checked_sub(1)?;
        self.file(id)?.later.get(place)
    }

    /// The time of the next scheduled event.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The first scheduled event, if it is due at `now`.
    pub(crate) fn take_due(&self, now: Timestamp) -> Option<Event> {
        let (at, id) = *self.due.first()?;
        let invoice = self.get(id).filter(|_| at <= now)?;
        let (_, charge) = self.upcoming(invoice)?;
        Some(Event {
            // An old invoice that was reopened expires immediately, but not before it was reopened.
            at: at.max(invoice.changed_at),
            invoice: id,
            state: charge.to,
            change: Change::moved(charge),
        })
    }

    /// The reducer: pure and total over the events of a ledger, in order. An event that cannot be in its place is ignored.
    pub(crate) fn apply(&mut self, event: Event) {
        let id = event.invoice;
        self.unschedule(id);
        if let Change::Created(order) = &event.change {
            if id != self.next_id() {
                return;
            }
            let invoice = Invoice::created(id, Arc::clone(order), event.at);
            self.summaries.push_back(Summary {
                id,
                merchant: order.merchant,
                state: invoice.state,
                created_at: event.at,
            });
            let later = Vec::new();
            self.files.push_back(File { invoice, later });
            self.last = id;
        } else if let Some(place) = self.place(id) {
            let file = &mut self.files[place];
            file.invoice.fold(&event);
            self.summaries[place].state = file.invoice.state;
            file.later.push(event);
        }
        self.due.extend(self.due_at(id));
        while self.files.len() > self.capacity.max(1) {
            self.unschedule(self.forgotten() + 1);
            self.files.pop_front();
            self.summaries.pop_front();
        }
    }

    /// The next scheduled change of `invoice` and its time.
    pub(crate) fn upcoming(&self, invoice: &Invoice) -> Option<(Timestamp, Charge)> {
        upcoming(invoice, self.assumptions.expiry_counts_from)
    }

    fn file(&self, id: u64) -> Option<&File> {
        Some(&self.files[self.place(id)?])
    }

    /// Where an invoice is, if it is kept.
    fn place(&self, id: u64) -> Option<usize> {
        let place = id.checked_sub(self.forgotten() + 1)?;
        let place = usize::try_from(place).ok()?;
        (place < self.files.len()).then_some(place)
    }

    fn due_at(&self, id: u64) -> Option<(Timestamp, u64)> {
        let (at, _) = self.upcoming(self.get(id)?)?;
        Some((at, id))
    }

    fn unschedule(&mut self, id: u64) {
        if let Some(due) = self.due_at(id) {
            self.due.remove(&due);
        }
    }
}

impl std::error::Error for NotAllowed {}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The invoice is {}. ", self.from)?;
        if self.allowed.is_empty() {
            return f.write_str("This status is final.");
        }
        let allowed: Vec<_> = self.allowed.iter().map(ToString::to_string).collect();
        write!(f, "Allowed next statuses: {}.", allowed.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Clock;

    fn new() -> (Ledger, Timestamp) {
        let ledger = Ledger::new(Assumptions::default(), Ledger::CAPACITY);
        (ledger, Clock::default().now())
    }

    fn order() -> Order {
        let order = json!({
            "merchant": 0, "token": "0".repeat(64), "mode": "hosted", "email": "a@b.example",
            "amount": "42", "currency": "USD", "ip": "127.0.0.1",
        });
        serde_json::from_value(order).unwrap()
    }

    #[test]
    fn creates_an_invoice_only_once() {
        let (mut ledger, now) = new();
        let event = ledger.create(now, order());
        ledger.apply(event.clone());
        assert_eq!((event.invoice, ledger.next_id()), (1, 2));
        for force in [false, true] {
            let again = ledger.change(now, ledger.get(1).unwrap(), event.change.clone(), force);
            assert!(again.is_err(), "an invoice was created over another");
        }
        assert!(ledger.get(0).is_none() && ledger.get(2).is_none());
        for invoice in [1, 3] {
            let misplaced = event.clone();
            ledger.apply(Event {
                invoice,
                ..misplaced
            });
            assert_eq!((ledger.invoices().count(), ledger.next_id()), (1, 2));
        }
    }

    #[test]
    fn rejects_a_change_of_an_outdated_snapshot() {
        let (mut ledger, now) = new();
        ledger.apply(ledger.create(now, order()));
        let seen = ledger.get(1).unwrap().clone();
        ledger.apply(
            ledger
                .change(now, &seen, Change::Cancelled {}, false)
                .unwrap(),
        );
        for force in [false, true] {
            let open = Change::moved(Charge::to(InvoiceState::Opened));
            let late = ledger.change(now, &seen, open.clone(), force);
            assert!(
                late.is_err(),
                "a change of an outdated snapshot was accepted"
            );
            let current = ledger.get(1).unwrap();
            assert!(ledger.change(now, current, open, force).is_ok());
        }
    }
}
