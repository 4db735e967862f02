use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::payment::callback_json::CallbackJson;
use crate::payment::card::CardSummary;
use crate::payment::charge::{Charge, Later};
use crate::payment::event::{Change, Event};
use crate::payment::order::Order;
use crate::payment::reason::Reason;
use crate::payment::state::{InvoiceState, Mode};

/// A snapshot of an invoice.
#[derive(Clone)]
#[non_exhaustive]
pub struct Invoice {
    /// The number of the invoice: 1, 2, 3 … per sandbox.
    pub id: u64,
    pub(crate) order: Arc<Order>,
    /// The status.
    pub state: InvoiceState,
    /// The summary of the card, if one was used.
    pub card: Option<CardSummary>,
    /// Why the payment failed.
    pub failure_reason: Option<Reason>,
    /// The outcome of completing the 3-D Secure challenge, while one is pending.
    pub(crate) challenge: Option<Charge>,
    /// The next scheduled change and its time.
    pub(crate) promised: Option<(Timestamp, Charge)>,
    /// Whether the customer's last action was to cancel.
    pub(crate) cancelled: bool,
    /// The number of events so far.
    pub(crate) version: u64,
    /// When it was created, by the sandbox's clock.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub changed_at: Timestamp,
}

impl Invoice {
    /// Returns the mode: hosted or S2S.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.order.mode
    }

    /// Returns the amount, as `42` or `15.40`.
    #[must_use]
    pub fn amount(&self) -> String {
        self.order.amount.plain()
    }

    /// Returns the currency, such as `USD`.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.order.currency.as_str()
    }

    /// Returns the customer's e-mail address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.order.email
    }

    /// Returns `callbackJson` as raw JSON, byte for byte as it was sent.
    #[must_use]
    pub fn callback_json(&self) -> Option<&str> {
        self.order.callback_json.as_ref().map(CallbackJson::raw)
    }

    /// Returns the merchant's reference: the field `nftInvoiceReference` of `callbackJson`, which is opaque otherwise.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.order.reference()
    }

    /// Returns whether a 3-D Secure challenge is pending.
    #[must_use]
    pub const fn is_challenged(&self) -> bool {
        self.challenge.is_some()
    }

    pub(crate) fn has_email(&self, email: &str) -> bool {
        self.email().eq_ignore_ascii_case(email)
    }

    pub(crate) fn created(id: u64, order: Arc<Order>, at: Timestamp) -> Self {
        Self {
            id,
            order,
            state: InvoiceState::Created,
            card: None,
            failure_reason: None,
            challenge: None,
            promised: None,
            cancelled: false,
            version: 1,
            created_at: at,
            changed_at: at,
        }
    }

    /// The event that created it.
    pub(crate) fn creation(&self) -> Event {
        Event {
            at: self.created_at,
            invoice: self.id,
            state: InvoiceState::Created,
            change: Change::Created(Arc::clone(&self.order)),
        }
    }

    /// Applies an event after the creation.
    pub(crate) fn fold(&mut self, event: &Event) {
        self.version += 1;
        self.cancelled = matches!(event.change, Change::Cancelled {});
        match &event.change {
            Change::Moved { charge, card } => {
                let page_opened =
                    (self.state, charge.to) == (InvoiceState::Created, InvoiceState::Opened);
                self.state = charge.to;
                self.failure_reason = charge.reason;
                self.changed_at = event.at;
                // Opening the page is part of the challenge; any other change of status ends it.
                if !page_opened {
                    self.challenge = None;
                    self.promised = charge.later.map(|Later { after, to }| {
                        let at = event.at.saturating_add(after);
                        (at.unwrap_or(Timestamp::MAX), Charge::to(to))
                    });
                }
                if card.is_some() {
                    self.card.clone_from(card);
                }
            }
            Change::Challenged { then, card } => {
                self.challenge = Some(*then);
                self.card = Some(card.clone());
            }
            Change::Promised { at, charge, card } => {
                self.promised = Some((*at, *charge));
                self.card = Some(card.clone());
            }
            Change::Created(_) | Change::Cancelled {} => {}
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
