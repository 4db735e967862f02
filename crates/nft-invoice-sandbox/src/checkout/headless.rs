use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::app::App;
use crate::checkout::button::{Button, NotPressed, destination, opened};
use crate::checkout::form_error::FormError;
use crate::payment::attempt::Payment;
use crate::payment::card::TestCard;
use crate::payment::state::InvoiceState;
use crate::store::NotChanged;
use crate::store::reply::Reply;

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
        let order = self
            .app
            .store()
            .ledger()
            .get(self.invoice)
            .map(|invoice| Arc::clone(&invoice.order));
        let name = order.as_ref().and_then(|order| order.name.as_deref());
        self.press(&Button::Pay(Payment {
            card_number: card.number(),
            card_expiry: None,
            cardholder: name.unwrap_or_default(),
        }))
    }

    /// Presses Decline.
    pub fn decline(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.press(&Button::Decline)
    }

    /// Presses Pending: the payment is then awaiting approval.
    pub fn pending(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.press(&Button::Pending)
    }

    /// Presses Cancel on the page, or abandons the challenge.
    pub fn cancel(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.press(&Button::Cancel)
    }

    /// Completes the 3-D Secure challenge.
    pub fn complete(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.press(&Button::Complete)
    }

    /// Fails the 3-D Secure challenge.
    pub fn fail(&self) -> Reply<Result<CheckoutStatus, TransitionError>> {
        self.press(&Button::Fail)
    }

    fn press(&self, button: &Button<'_>) -> Reply<Result<CheckoutStatus, TransitionError>> {
        Reply::ready(self.step(button))
    }

    fn step(&self, button: &Button<'_>) -> Result<CheckoutStatus, TransitionError> {
        let app = &self.app;
        let mut store = app.store();
        let Some(invoice) = store.ledger().get(self.invoice).cloned() else {
            return Err(TransitionError::unknown());
        };
        let invoice = opened(app, &mut store, invoice).map_err(NotPressed::WriteError)?;
        let after = button.press(app, &mut store, &invoice)?;
        let event = store.ledger().events(self.invoice).last();
        Ok(CheckoutStatus {
            url: event.map_or_else(String::new, |event| {
                destination(&app.base_url, &after.order, &event)
            }),
            state: after.state,
            challenged: after.is_challenged(),
        })
    }
}

impl TransitionError {
    pub(crate) fn unknown() -> Self {
        Self("invoice not found".to_owned())
    }
}

impl From<NotChanged> for TransitionError {
    fn from(why: NotChanged) -> Self {
        NotPressed::from(why).into()
    }
}

impl From<NotPressed> for TransitionError {
    fn from(why: NotPressed) -> Self {
        Self(match why {
            NotPressed::Wrong(errors) => {
                let messages: Vec<_> = errors.iter().map(FormError::message).collect();
                messages.join(" ")
            }
            NotPressed::NotAllowed(why) => why.to_string(),
            NotPressed::WriteError(why) => why.to_string(),
        })
    }
}

impl fmt::Debug for Checkout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkout")
            .field("invoice", &self.invoice)
            .finish_non_exhaustive()
    }
}
