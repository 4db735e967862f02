use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::event::{Change, Event};
use crate::invoice::{Invoice, Order};
use crate::state::InvoiceState;

/// The append-only log and the invoices folded from it. The one place that changes an invoice.
#[derive(Default)]
pub(crate) struct Ledger {
    log: Vec<Event>,
    books: Books,
    failed_reopens: bool,
}

/// A change that the state table does not have, or one that comes too late.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAllowed {
    pub(crate) from: InvoiceState,
    pub(crate) allowed: &'static [InvoiceState],
}

impl Ledger {
    pub(crate) fn new(failed_reopens: bool) -> Self {
        Self {
            failed_reopens,
            ..Self::default()
        }
    }

    /// The number that the next invoice gets.
    pub(crate) fn next_id(&self) -> u64 {
        self.books.invoices.len() as u64 + 1
    }

    pub(crate) fn create(&mut self, at: Timestamp, order: Order) -> &Event {
        self.append(Event {
            at,
            invoice: self.next_id(),
            state: InvoiceState::Created,
            change: Change::Created(Arc::new(order)),
        })
    }

    /// Appends a change to `invoice` as the caller saw it: the state table must have the change, and nothing
    /// may have happened to the invoice since.
    pub(crate) fn change(
        &mut self,
        at: Timestamp,
        invoice: &Invoice,
        change: Change,
    ) -> Result<&Event, NotAllowed> {
        let current = self
            .get(invoice.id)
            .expect("an invoice that was seen exists");
        let allowed = current.state.next(current.order.mode, self.failed_reopens);
        // Both wait for the customer, which only makes sense while the invoice is open.
        let open = matches!(current.state, InvoiceState::Created | InvoiceState::Opened);
        let state = match &change {
            Change::Moved { to, .. } => Some(to.state).filter(|to| allowed.contains(to)),
            Change::Challenged { .. } | Change::Cancelled => Some(current.state).filter(|_| open),
            Change::Created(_) => None,
        };
        match state.filter(|_| current.version == invoice.version) {
            Some(state) => Ok(self.append(Event {
                at,
                invoice: invoice.id,
                state,
                change,
            })),
            None => Err(NotAllowed {
                from: current.state,
                allowed,
            }),
        }
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Invoice> {
        let place = usize::try_from(id).ok()?.checked_sub(1)?;
        self.books.invoices.get(place)
    }

    pub(crate) fn by_token(&self, token: &str) -> Option<&Invoice> {
        self.get(*self.books.by_token.get(token)?)
    }

    /// Oldest first.
    pub(crate) fn invoices(&self) -> &[Invoice] {
        &self.books.invoices
    }

    /// The event that took an invoice from `version` to the next.
    pub(crate) fn event_after(&self, id: u64, version: u64) -> Option<&Event> {
        let mut own = self.log.iter().filter(|event| event.invoice == id);
        own.nth(usize::try_from(version).ok()?)
    }

    fn append(&mut self, event: Event) -> &Event {
        self.books.apply(&event);
        self.log.push(event);
        &self.log[self.log.len() - 1]
    }
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The invoice is {}. ", self.from)?;
        if self.allowed.is_empty() {
            return f.write_str("Nothing can follow.");
        }
        let allowed: Vec<_> = self.allowed.iter().map(ToString::to_string).collect();
        write!(f, "What can follow: {}.", allowed.join(", "))
    }
}

/// Every invoice as the log leaves it.
#[derive(Default)]
struct Books {
    invoices: Vec<Invoice>,
    by_token: HashMap<String, u64>,
}

impl Books {
    /// The reducer: pure, and total over any log that a ledger wrote.
    fn apply(&mut self, event: &Event) {
        if let Change::Created(order) = &event.change {
            self.by_token.insert(order.token.clone(), event.invoice);
            self.invoices.push(Invoice {
                id: event.invoice,
                order: Arc::clone(order),
                state: event.state,
                card: None,
                reason: None,
                challenge: None,
                cancelled: false,
                version: 1,
                created_at: event.at,
                changed_at: event.at,
            });
            return;
        }
        let invoice = &mut self.invoices[event.invoice as usize - 1];
        invoice.version += 1;
        invoice.cancelled = matches!(event.change, Change::Cancelled);
        match &event.change {
            Change::Moved { to, card } => {
                invoice.state = to.state;
                invoice.reason = to.reason;
                invoice.changed_at = event.at;
                // Opening the page is what leads to the challenge; any other move ends it.
                if to.state != InvoiceState::Opened {
                    invoice.challenge = None;
                }
                if card.is_some() {
                    invoice.card.clone_from(card);
                }
            }
            Change::Challenged { then, card } => {
                invoice.challenge = Some(*then);
                invoice.card = Some(card.clone());
            }
            Change::Created(_) | Change::Cancelled => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use InvoiceState::{
        AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
    };

    use super::*;
    use crate::card::{Outcome, TestCard};
    use crate::clock::Clock;
    use crate::state::Mode;
    use crate::testing::order;

    fn now() -> Timestamp {
        Clock::default().now()
    }

    fn moved(state: InvoiceState) -> Change {
        Change::Moved {
            to: Outcome {
                state,
                reason: None,
            },
            card: None,
        }
    }

    /// A ledger with one invoice that was taken to `state` by allowed steps.
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
        let mut ledger = Ledger::new(failed_reopens);
        ledger.create(now(), order(mode));
        for step in path {
            step_to(&mut ledger, *step).unwrap();
        }
        ledger
    }

    fn step_to(ledger: &mut Ledger, state: InvoiceState) -> Result<(), NotAllowed> {
        let invoice = ledger.get(1).unwrap().clone();
        ledger.change(now(), &invoice, moved(state)).map(|_| ())
    }

    /// The state table, written out once more on purpose.
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
    fn every_pair_of_states_in_both_modes_and_with_both_switches() {
        for mode in [Mode::Hosted, Mode::S2s] {
            for failed_reopens in [false, true] {
                for from in InvoiceState::ALL {
                    for to in InvoiceState::ALL {
                        let mut ledger = at(from, mode, failed_reopens);
                        let version = ledger.get(1).unwrap().version;
                        let done = step_to(&mut ledger, to);
                        let wanted = expected(from, to, mode, failed_reopens);
                        let pair = format!("{from} -> {to} ({mode}, reopens: {failed_reopens})");
                        assert_eq!(done.is_ok(), wanted, "{pair}: look at InvoiceState::next");
                        let after = ledger.get(1).unwrap();
                        assert_eq!(
                            after.state,
                            if wanted { to } else { from },
                            "state after {pair}"
                        );
                        assert_eq!(
                            after.version,
                            version + u64::from(wanted),
                            "events after {pair}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_refused_change_names_what_is_allowed() {
        let refused = |state| step_to(&mut at(state, Mode::Hosted, false), Created).unwrap_err();
        let says = "The invoice is PAID. What can follow: CHARGEBACK, WITHHELD.";
        assert_eq!(refused(Paid).to_string(), says);
        let says = "The invoice is EXPIRED. Nothing can follow.";
        assert_eq!(refused(Expired).to_string(), says);
    }

    #[test]
    fn a_change_to_what_was_seen_before_another_is_refused() {
        let mut ledger = at(Opened, Mode::Hosted, false);
        let seen = ledger.get(1).unwrap().clone();
        ledger.change(now(), &seen, Change::Cancelled).unwrap();
        let late = ledger.change(now(), &seen, moved(Paid));
        assert!(
            late.is_err(),
            "a change that knew nothing of the last one went through"
        );
        assert_eq!(ledger.get(1).unwrap().state, Opened);
    }

    #[test]
    fn an_invoice_is_created_once_as_created() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.next_id(), 1);
        let event = ledger.create(now(), order(Mode::Hosted)).clone();
        assert_eq!((event.invoice(), event.state()), (1, Created));
        assert_eq!(ledger.next_id(), 2);
        let invoice = ledger.get(1).unwrap().clone();
        let again = ledger.change(now(), &invoice, event.change);
        assert!(again.is_err(), "an invoice was created over another");
        assert!(ledger.get(0).is_none() && ledger.get(2).is_none());
    }

    #[test]
    fn a_challenge_and_a_cancellation_need_an_open_invoice() {
        for state in InvoiceState::ALL {
            let open = matches!(state, Created | Opened);
            for change in [
                Change::Cancelled,
                Change::Challenged {
                    then: Outcome::PAID,
                    card: TestCard::all()[0].summary(),
                },
            ] {
                let mut ledger = at(state, Mode::Hosted, false);
                let invoice = ledger.get(1).unwrap().clone();
                let done = ledger.change(now(), &invoice, change).is_ok();
                assert_eq!(done, open, "a customer's step in state {state}");
                assert_eq!(
                    ledger.get(1).unwrap().state,
                    state,
                    "the state does not move"
                );
            }
        }
    }

    #[test]
    fn folding_the_log_again_gives_the_same_invoices() {
        let ledger = at(Withheld, Mode::S2s, false);
        let mut again = Books::default();
        for event in &ledger.log {
            again.apply(event);
        }
        let show = |books: &Books| format!("{:?} {}", books.invoices, books.invoices[0].version);
        assert_eq!(show(&again), show(&ledger.books));
        assert_eq!(again.by_token, ledger.books.by_token);
    }
}
