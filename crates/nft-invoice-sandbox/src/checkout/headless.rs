use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::app::App;
use crate::checkout::action::{Action, NotTaken, destination, opened};
use crate::payment::{Invoice, InvoiceState, Payment, TestCard};
use crate::store::{NotChanged, Reply, Store};

/// The checkout page of an invoice, used without a browser. Each action does what the button on the page does, and
/// opens the page first if necessary.
#[derive(Clone)]
pub struct Checkout {
    app: Arc<App>,
    invoice: u64,
}

/// The state of a checkout after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckoutStatus {
    /// The URL that the customer is redirected to: the merchant's, or the checkout page. The latter contains the token.
    pub url: String,
    /// The invoice's status after the action.
    pub state: InvoiceState,
    /// Whether a 3-D Secure challenge is pending; see [`Checkout::complete`] and [`Checkout::fail`].
    pub challenged: bool,
}

/// An action or transition that the invoice's status does not allow, or that could not be written to the database. The
/// message names the status and the allowed next ones.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct TransitionError(String);

impl Checkout {
    pub(crate) fn new(app: Arc<App>, invoice: u64) -> Self {
        Self { app, invoice }
    }

    /// Returns the URL of the page; `None` if the invoice is no longer kept.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let store = self.app.store();
        let invoice = store.ledger().get(self.invoice)?;
        Some(self.app.base_url.checkout(invoice.order.token))
    }

    /// Enters `card`, with the invoice's name as the cardholder name, and presses Pay.
    pub fn pay(&self, card: TestCard) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Pay, card)
    }

    /// Presses Decline.
    pub fn decline(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Decline, TestCard::PAID)
    }

    /// Presses Pending: the payment is then awaiting approval.
    pub fn pending(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Pending, TestCard::PAID)
    }

    /// Presses Cancel on the page, or abandons the challenge.
    pub fn cancel(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Cancel, TestCard::PAID)
    }

    /// Completes the 3-D Secure challenge.
    pub fn complete(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Complete, TestCard::PAID)
    }

    /// Fails the 3-D Secure challenge.
    pub fn fail(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.take(Action::Fail, TestCard::PAID)
    }

    fn take(
        &self,
        action: Action,
        card: TestCard,
    ) -> Reply<Result<CheckoutStatus, TransitionError>> {
        let mut store = self.app.store();
        let invoice = store.ledger().get(self.invoice).cloned();
        let invoice = invoice.ok_or_else(TransitionError::unknown);
        let press = |invoice| Ok(press(&self.app, &mut store, invoice, action, card)?);
        Reply::ready(invoice.and_then(press))
    }
}

/// Opens the page of an invoice and presses a button, of which only [`Action::Pay`] uses the card.
pub(crate) fn press(
    app: &App,
    store: &mut Store,
    invoice: Invoice,
    action: Action,
    card: TestCard,
) -> Result<CheckoutStatus, NotTaken> {
    let invoice = opened(app, store, invoice).map_err(NotChanged::WriteError)?;
    let payment = Payment {
        card_number: card.number,
        card_expiry: None,
        cardholder: invoice.order.name.as_deref().unwrap_or_default(),
    };
    let after = action.take(app, store, &invoice, &payment)?;
    let event = store.ledger().events(invoice.id).last();
    Ok(CheckoutStatus {
        url: event.map_or_else(String::new, |event| {
            destination(&app.base_url, &after.order, &event)
        }),
        state: after.state,
        challenged: after.is_challenged(),
    })
}

impl TransitionError {
    pub(crate) fn unknown() -> Self {
        Self("invoice not found".to_owned())
    }
}

impl From<NotChanged> for TransitionError {
    fn from(why: NotChanged) -> Self {
        Self(match why {
            NotChanged::NotAllowed(why) => why.to_string(),
            NotChanged::WriteError(why) => why.to_string(),
        })
    }
}

impl From<NotTaken> for TransitionError {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Wrong(errors) => {
                let messages: Vec<_> = errors.into_iter().map(|error| error.message).collect();
                Self(messages.join(" "))
            }
            NotTaken::NotChanged(why) => why.into(),
        }
    }
}

impl fmt::Debug for Checkout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkout")
            .field("invoice", &self.invoice)
            .finish_non_exhaustive()
    }
}
