use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::card::CardSummary;
use crate::charge::Charge;
use crate::event::{Change, Event};
use crate::order::Order;
use crate::reason::Reason;
use crate::state::{InvoiceState, Mode};
use crate::texts::Text;

/// An invoice as it stood when the snapshot was taken.
#[derive(Clone)]
pub struct Invoice {
    pub(crate) id: u64,
    pub(crate) order: Arc<Order>,
    pub(crate) state: InvoiceState,
    // What most invoices never have is boxed: a sandbox keeps a million of them.
    pub(crate) card: Option<Box<CardSummary>>,
    pub(crate) reason: Option<Reason>,
    /// What completing the 3-D Secure challenge leads to, while one is open.
    pub(crate) challenge: Option<Box<Charge>>,
    /// What happens to it by itself, and when.
    pub(crate) promised: Option<Box<(Timestamp, Charge)>>,
    /// The customer's last step was to cancel.
    pub(crate) cancelled: bool,
    /// How many events it has had.
    pub(crate) version: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl Invoice {
    /// Its number: 1, 2, 3 … per sandbox.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> InvoiceState {
        self.state
    }

    /// Who collects the card.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.order.mode
    }

    /// Its amount, as `42` or `15.40`.
    #[must_use]
    pub fn amount(&self) -> String {
        self.order.amount.plain()
    }

    /// Its currency, such as `USD`.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.order.currency()
    }

    /// The customer's e-mail address.
    #[must_use]
    pub fn email(&self) -> &str {
        self.order.email()
    }

    /// The merchant's data as JSON text, byte for byte as it came.
    #[must_use]
    pub fn callback_json(&self) -> Option<&str> {
        self.order.text(Text::CallbackJson)
    }

    /// What is kept of the card that was used.
    #[must_use]
    pub fn card(&self) -> Option<&CardSummary> {
        self.card.as_deref()
    }

    /// Why it failed.
    #[must_use]
    pub const fn failure_reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Whether a 3-D Secure challenge waits for the customer.
    #[must_use]
    pub const fn is_challenged(&self) -> bool {
        self.challenge.is_some()
    }

    pub(crate) fn created(id: u64, order: Arc<Order>, at: Timestamp) -> Self {
        Self {
            id,
            order,
            state: InvoiceState::Created,
            card: None,
            reason: None,
            challenge: None,
            promised: None,
            cancelled: false,
            version: 1,
            created_at: at,
            changed_at: at,
        }
    }

    /// The event that it began with.
    pub(crate) fn creation(&self) -> Event {
        Event {
            at: self.created_at,
            invoice: self.id,
            state: InvoiceState::Created,
            change: Change::Created(Arc::clone(&self.order)),
        }
    }

    /// Takes in what happened after its creation.
    pub(crate) fn fold(&mut self, event: &Event) {
        self.version += 1;
        self.cancelled = matches!(event.change, Change::Cancelled);
        match &event.change {
            Change::Moved { charge, card } => {
                let page_opened =
                    (self.state, charge.to) == (InvoiceState::Created, InvoiceState::Opened);
                self.state = charge.to;
                self.reason = charge.reason;
                self.changed_at = event.at;
                // Opening the page is what leads to the challenge; any other move ends it.
                if !page_opened {
                    self.challenge = None;
                    self.promised = charge.later.map(|(after, to)| {
                        let at = event.at.saturating_add(after);
                        Box::new((at.unwrap_or(Timestamp::MAX), Charge::to(to)))
                    });
                }
                if let Some(card) = card {
                    self.card = Some(Box::new(card.clone()));
                }
            }
            Change::Challenged { then, card } => {
                self.challenge = Some(Box::new(*then));
                self.card = Some(Box::new(card.clone()));
            }
            Change::Promised { at, charge, card } => {
                self.promised = Some(Box::new((*at, *charge)));
                self.card = Some(Box::new(card.clone()));
            }
            Change::Created(_) | Change::Cancelled => {}
        }
    }
}

impl fmt::Debug for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoice")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("mode", &self.order.mode)
            .field("amount", &self.amount())
            .field("card", &self.card)
            .finish_non_exhaustive()
    }
}
