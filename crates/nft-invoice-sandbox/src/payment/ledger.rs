use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::payment::charge::Charge;
use crate::payment::event::{Change, Event};
use crate::payment::invoice::Invoice;
use crate::payment::order::Order;
use crate::payment::state::InvoiceState;
use crate::payment::token::Token;

/// The invoices, folded from their events. The one place that changes an invoice.
#[derive(Default)]
pub(crate) struct Ledger {
    /// The invoices that are kept, by number.
    files: BTreeMap<u64, File>,
    /// The number of the newest invoice.
    last: u64,
    /// The scheduled events by invoice, earliest first.
    due: BTreeSet<(Timestamp, u64)>,
    rules: Rules,
}

/// The settings of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) failed_reopens: bool,
    /// Whether the 14 days count from the last change and not from the creation.
    pub(crate) expiry_from_change: bool,
    /// The number of invoices to keep.
    pub(crate) capacity: usize,
}

/// An invoice and its events, oldest first.
struct File {
    invoice: Invoice,
    events: Vec<Event>,
}

/// A change that the state table does not allow, or that is based on an outdated snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAllowed {
    pub(crate) from: InvoiceState,
    pub(crate) allowed: &'static [InvoiceState],
}

/// How long an invoice can be paid.
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

impl Default for Rules {
    fn default() -> Self {
        Self {
            failed_reopens: false,
            expiry_from_change: false,
            capacity: 1_000_000,
        }
    }
}

impl Ledger {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Deletes everything; numbering restarts at 1.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.rules);
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
        let mode = invoice.order.mode;
        invoice.state.next(mode, self.rules.failed_reopens)
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Invoice> {
        self.files.get(&id).map(|file| &file.invoice)
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
        self.files.values().map(|file| &file.invoice)
    }

    /// How many invoices are no longer kept.
    pub(crate) fn forgotten(&self) -> u64 {
        self.last - self.files.len() as u64
    }

    /// The events of an invoice, oldest first.
    pub(crate) fn events(&self, id: u64) -> impl Iterator<Item = Event> {
        let file = self.files.get(&id).into_iter();
        file.flat_map(|file| file.events.iter().cloned())
    }

    /// The event that took an invoice from `version` to the next.
    pub(crate) fn event_after(&self, id: u64, version: u64) -> Option<&Event> {
        let place = usize::try_from(version).ok()?;
        self.files.get(&id)?.events.get(place)
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

    /// The reducer: pure and total over the events of a ledger, in order.
    pub(crate) fn apply(&mut self, event: Event) {
        let id = event.invoice;
        self.unschedule(id);
        if let Change::Created(order) = &event.change {
            let invoice = Invoice::created(id, Arc::clone(order), event.at);
            let events = vec![event];
            self.files.insert(id, File { invoice, events });
            self.last = id;
        } else if let Some(file) = self.files.get_mut(&id) {
            file.invoice.fold(&event);
            file.events.push(event);
        }
        self.due.extend(self.due_at(id));
        while self.files.len() > self.rules.capacity.max(1)
            && let Some((oldest, _)) = self.files.first_key_value()
        {
            let oldest = *oldest;
            self.unschedule(oldest);
            self.files.remove(&oldest);
        }
    }

    /// The next scheduled change of `invoice` and its time.
    pub(crate) fn upcoming(&self, invoice: &Invoice) -> Option<(Timestamp, Charge)> {
        let since = match self.rules.expiry_from_change {
            true => invoice.changed_at,
            false => invoice.created_at,
        };
        let expiry = since.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
        let expiry = (expiry, Charge::to(InvoiceState::Expired));
        let expires = invoice.state.is_open().then_some(expiry);
        // A promised outcome takes precedence over an expiry at the same time.
        match (invoice.promised, expires) {
            (Some(promised), Some(expires)) if promised.0 > expires.0 => Some(expires),
            (promised, expires) => promised.or(expires),
        }
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
    use std::time::Duration;

    use InvoiceState::{
        AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
    };

    use super::*;
    use crate::clock::Clock;
    use crate::payment::card::TestCard;
    use crate::payment::state::Mode;
    use crate::payment::token::Tokens;
    use crate::testing::order;

    fn now() -> Timestamp {
        Clock::default().now()
    }

    fn moved(state: InvoiceState) -> Change {
        Change::moved(Charge::to(state))
    }

    fn with_one(mode: Mode, rules: Rules) -> Ledger {
        let mut ledger = Ledger::new(rules);
        ledger.apply(ledger.create(now(), order(mode)));
        ledger
    }

    fn change(ledger: &mut Ledger, change: Change) -> Result<(), NotAllowed> {
        let invoice = ledger.get(1).unwrap().clone();
        let event = ledger.change(now(), &invoice, change, false)?;
        ledger.apply(event);
        Ok(())
    }

    /// A ledger with one invoice that was moved to `state` by allowed transitions.
    fn at(state: InvoiceState, mode: Mode, failed_reopens: bool) -> Ledger {
        let path: &[InvoiceState] = match state {
            Created => &[],
            Opened => &[Opened],
            AwaitingApproval => &[Opened, AwaitingApproval],
            Paid => &[Opened, Paid],
            Failed => &[Opened, Failed],
            Chargeback => &[Opened, Paid, Chargeback],
            Withheld => &[Opened, Paid, Withheld],
            Expired => &[Expired],
        };
        let mut ledger = with_one(
            mode,
            Rules {
                failed_reopens,
                ..Rules::default()
            },
        );
        for step in path {
            change(&mut ledger, moved(*step)).unwrap();
        }
        ledger
    }

    /// The state table, written out again on purpose.
    fn expected(from: InvoiceState, to: InvoiceState, mode: Mode, failed_reopens: bool) -> bool {
        match (from, to) {
            (Created, Opened | Expired) => true,
            (Created, Paid | Failed | AwaitingApproval) => mode == Mode::S2s,
            (Opened, Paid | Failed | AwaitingApproval | Expired) => true,
            (AwaitingApproval, Paid | Failed | Withheld) => true,
            (Paid, Chargeback | Withheld) => true,
            (Withheld, Paid | Chargeback) => true,
            (Failed, Opened) => failed_reopens,
            _ => false,
        }
    }

    #[test]
    fn follows_the_state_table_in_both_modes() {
        for mode in [Mode::Hosted, Mode::S2s] {
            for failed_reopens in [false, true] {
                for from in InvoiceState::ALL {
                    for to in InvoiceState::ALL {
                        let mut ledger = at(from, mode, failed_reopens);
                        let version = ledger.get(1).unwrap().version;
                        let done = change(&mut ledger, moved(to));
                        let wanted = expected(from, to, mode, failed_reopens);
                        let pair = format!("{from} -> {to} ({mode}, reopens: {failed_reopens})");
                        assert_eq!(done.is_ok(), wanted, "{pair}: look at InvoiceState::next");
                        let after = ledger.get(1).unwrap();
                        let state = if wanted { to } else { from };
                        assert_eq!(after.state, state, "state after {pair}");
                        let events = version + u64::from(wanted);
                        assert_eq!(after.version, events, "events after {pair}");
                        assert_eq!(ledger.events(1).count() as u64, events, "log of {pair}");
                    }
                }
            }
        }
    }

    #[test]
    fn forces_any_status_but_rejects_an_outdated_snapshot() {
        for from in InvoiceState::ALL {
            for to in InvoiceState::ALL {
                let mut ledger = at(from, Mode::Hosted, false);
                let seen = ledger.get(1).unwrap().clone();
                let forced = ledger.change(now(), &seen, moved(to), true);
                assert_eq!(forced.is_ok(), to != Created, "{from} -> {to}");
                let Ok(event) = forced else { continue };
                ledger.apply(event);
                assert_eq!(ledger.get(1).unwrap().state, to, "{from} -> {to}");
                let open = to == Opened;
                assert_eq!(
                    ledger.next_due().is_some(),
                    open,
                    "due after {from} -> {to}"
                );
                let late = ledger.change(now(), &seen, moved(to), true);
                assert!(
                    late.is_err(),
                    "{from} -> {to}: the second change was based on an outdated snapshot"
                );
            }
        }
    }

    #[test]
    fn cancels_a_promised_outcome_when_a_status_is_forced() {
        let mut ledger = at(Opened, Mode::Hosted, false);
        let charge = Charge::to(Paid).then(Duration::from_secs(60), Chargeback);
        change(&mut ledger, Change::moved(charge)).unwrap();
        let paid = ledger.get(1).unwrap().clone();
        ledger.apply(ledger.change(now(), &paid, moved(Opened), true).unwrap());
        assert_eq!(
            ledger.next_due(),
            Some(now() + LIFETIME),
            "only the expiry is left"
        );
    }

    #[test]
    fn expires_a_reopened_old_invoice_immediately() {
        let mut ledger = at(Expired, Mode::Hosted, false);
        let later = now() + LIFETIME + LIFETIME;
        let expired = ledger.get(1).unwrap().clone();
        ledger.apply(ledger.change(later, &expired, moved(Opened), true).unwrap());
        let again = ledger.take_due(later).expect("it expires immediately");
        assert_eq!((again.at, again.state), (later, Expired));
        ledger.apply(again);
        assert_eq!(ledger.next_due(), None);
    }

    #[test]
    fn rejects_a_change_of_an_outdated_snapshot() {
        let mut ledger = at(Opened, Mode::Hosted, false);
        let seen = ledger.get(1).unwrap().clone();
        change(&mut ledger, Change::Cancelled {}).unwrap();
        let late = ledger.change(now(), &seen, moved(Paid), false);
        assert!(
            late.is_err(),
            "a change of an outdated snapshot was accepted"
        );
    }

    #[test]
    fn creates_an_invoice_only_once() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.next_id(), 1);
        let event = ledger.create(now(), order(Mode::Hosted));
        assert_eq!((event.invoice, event.state), (1, Created));
        ledger.apply(event.clone());
        assert_eq!(ledger.next_id(), 2);
        let again = change(&mut ledger, event.change);
        assert!(again.is_err(), "an invoice was created over another");
        assert!(ledger.get(0).is_none() && ledger.get(2).is_none());
    }

    #[test]
    fn accepts_customer_actions_only_while_the_invoice_is_open() {
        let card = TestCard::PAID.summary();
        let then = Charge::to(Paid);
        for state in InvoiceState::ALL {
            let open = matches!(state, Created | Opened);
            for step in [
                Change::Cancelled {},
                Change::Challenged {
                    then,
                    card: card.clone(),
                },
                Change::Promised {
                    at: now(),
                    charge: then,
                    card: card.clone(),
                },
            ] {
                let mut ledger = at(state, Mode::Hosted, false);
                let done = change(&mut ledger, step).is_ok();
                assert_eq!(done, open, "a customer's step in state {state}");
                let after = ledger.get(1).unwrap().state;
                assert_eq!(after, state, "the state does not move");
            }
        }
    }

    #[test]
    fn expires_only_open_invoices_and_at_the_exact_time() {
        let end = now() + LIFETIME;
        for state in InvoiceState::ALL {
            let ledger = at(state, Mode::S2s, false);
            let open = matches!(state, Created | Opened);
            assert_eq!(ledger.next_due(), open.then_some(end), "{state}");
            let just_before = end - SignedDuration::from_micros(1);
            assert!(ledger.take_due(just_before).is_none(), "{state}");
            let expired = ledger.take_due(end).map(|event| event.state);
            assert_eq!(expired, open.then_some(Expired), "{state}");
        }
    }

    #[test]
    fn applies_the_delayed_outcome_of_a_payment_once() {
        let minute = Duration::from_secs(60);
        let mut ledger = at(Opened, Mode::Hosted, false);
        let charge = Charge::to(AwaitingApproval).then(minute, Paid);
        change(&mut ledger, Change::moved(charge)).unwrap();
        let due = now() + minute;
        assert_eq!(ledger.next_due(), Some(due));
        ledger.apply(ledger.take_due(due).unwrap());
        assert_eq!(ledger.get(1).unwrap().state, Paid);
        assert_eq!(ledger.next_due(), None, "something is left to happen");

        let mut ledger = at(Opened, Mode::Hosted, false);
        change(&mut ledger, Change::moved(charge)).unwrap();
        change(&mut ledger, moved(Failed)).unwrap();
        assert_eq!(ledger.next_due(), None, "a failed invoice would be paid");
    }

    #[test]
    fn drops_and_counts_the_oldest_invoices() {
        let mut ledger = Ledger::new(Rules {
            capacity: 2,
            ..Rules::default()
        });
        let token = |id| Tokens::new(0).checkout(id);
        for id in 1..=5 {
            let order = Order {
                token: token(id),
                ..order(Mode::Hosted)
            };
            ledger.apply(ledger.create(now(), order));
        }
        let kept: Vec<_> = ledger.invoices().map(|invoice| invoice.id).collect();
        assert_eq!((kept, ledger.forgotten()), (vec![4, 5], 3));
        let found = |token: Token| ledger.by_token(&token.to_string()).map(Invoice::id);
        assert_eq!(
            (ledger.get(3).map(Invoice::id), found(token(3))),
            (None, None)
        );
        assert_eq!(
            (found(token(5)), found(Tokens::new(1).checkout(5))),
            (Some(5), None)
        );
        let first = ledger.due.first().map(|(_, id)| *id);
        assert_eq!((ledger.next_id(), first), (6, Some(4)));
    }
}
