use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::amount::Amount;
use crate::card::CardSummary;
use crate::charge::Charge;
use crate::event::{Change, Event};
use crate::nft::Nft;
use crate::outcome::Reason;
use crate::state::{InvoiceState, Mode};

/// An invoice as it stood when the snapshot was taken.
#[derive(Clone)]
pub struct Invoice {
    pub(crate) id: u64,
    pub(crate) order: Arc<Order>,
    pub(crate) state: InvoiceState,
    pub(crate) card: Option<CardSummary>,
    pub(crate) reason: Option<Reason>,
    /// What completing the 3-D Secure challenge leads to, while one is open.
    pub(crate) challenge: Option<Charge>,
    /// What happens to it by itself, and when.
    pub(crate) promised: Option<(Timestamp, Charge)>,
    /// The customer's last step was to cancel.
    pub(crate) cancelled: bool,
    /// How many events it has had.
    pub(crate) version: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

/// What a merchant ordered: the part of an invoice that never changes.
pub(crate) struct Order {
    pub(crate) merchant: usize,
    pub(crate) token: Arc<str>,
    pub(crate) mode: Mode,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) amount: Amount,
    pub(crate) currency: String,
    pub(crate) callback_json: Option<Box<RawValue>>,
    pub(crate) ip: IpAddr,
    pub(crate) country: Option<String>,
    pub(crate) nft: Nft,
    pub(crate) success_url: Option<String>,
    pub(crate) failure_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) pending_url: Option<String>,
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
        &self.order.currency
    }

    /// The customer's e-mail address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.order.email
    }

    /// The merchant's data as JSON text, byte for byte as it came.
    #[must_use]
    pub fn callback_json(&self) -> Option<&str> {
        self.order.callback_json.as_deref().map(RawValue::get)
    }

    /// What is kept of the card that was used.
    #[must_use]
    pub const fn card(&self) -> Option<&CardSummary> {
        self.card.as_ref()
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
