use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::app::App;
use crate::button::{Button, NotPressed, destination, opened};
use crate::card::TestCard;
use crate::payment::Payment;
use crate::reply::Reply;
use crate::state::InvoiceState;
use crate::store::NotChanged;
use crate::texts::Text;

/// The checkout page of an invoice without a browser: each step does what the page's button does, and opens the page
/// first if nobody has.
#[derive(Clone)]
pub struct Checkout {
    app: Arc<App>,
    invoice: u64,
}

/// Where a step leaves the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Landing {
    /// The merchant's URL, or the checkout page itself. The page's URL holds the invoice's token.
    pub url: String,
    /// The invoice's state after the step.
    pub state: InvoiceState,
    /// Whether a 3-D Secure challenge waits for [`Checkout::complete`] or [`Checkout::fail`].
    pub challenged: bool,
}

/// A step that an invoice does not allow now, or that could not be written to the database. It says what it is and what
/// could follow.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotPossible(String);

impl Checkout {
    pub(crate) fn new(app: Arc<App>, invoice: u64) -> Self {
        Self { app, invoice }
    }

    /// The page's URL, for a browser.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let store = self.app.store();
        let invoice = store.ledger().get(self.invoice)?;
        Some(self.app.checkout_url(invoice.order.token))
    }

    /// Enters `card`, with the invoice's name for the cardholder's, and presses Pay.
    pub fn pay(&self, card: TestCard) -> Reply<Result<Landing, NotPossible>> {
        let order = self
            .app
            .store()
            .ledger()
            .get(self.invoice)
            .map(|invoice| Arc::clone(&invoice.order));
        let name = order.as_ref().and_then(|order| order.text(Text::Name));
        self.press(&Button::Pay(Payment {
            card_number: card.number(),
            card_expiry: None,
            cardholder: name.unwrap_or_default(),
        }))
    }

    /// Presses Decline.
    pub fn decline(&self) -> Reply<Result<Landing, NotPossible>> {
        self.press(&Button::Decline)
    }

    /// Presses Pending: the payment waits for approval.
    pub fn pending(&self) -> Reply<Result<Landing, NotPossible>> {
        self.press(&Button::Pending)
    }

    /// Presses Cancel, on the page or on the challenge.
    pub fn cancel(&self) -> Reply<Result<Landing, NotPossible>> {
        self.press(&Button::Cancel)
    }

    /// Completes the 3-D Secure challenge.
    pub fn complete(&self) -> Reply<Result<Landing, NotPossible>> {
        self.press(&Button::Complete)
    }

    /// Fails the 3-D Secure challenge.
    pub fn fail(&self) -> Reply<Result<Landing, NotPossible>> {
        self.press(&Button::Fail)
    }

    fn press(&self, button: &Button<'_>) -> Reply<Result<Landing, NotPossible>> {
        Reply::ready(self.step(button))
    }

    fn step(&self, button: &Button<'_>) -> Result<Landing, NotPossible> {
        let app = &self.app;
        let mut store = app.store();
        let Some(invoice) = store.ledger().get(self.invoice).cloned() else {
            return Err(NotPossible::unknown());
        };
        let invoice = opened(app, &mut store, invoice).map_err(NotPressed::NotWritten)?;
        let after = button.press(app, &mut store, &invoice)?;
        let event = store.ledger().events(self.invoice).last();
        Ok(Landing {
            url: event.map_or_else(String::new, |event| destination(app, &after.order, &event)),
            state: after.state,
            challenged: after.is_challenged(),
        })
    }
}

impl NotPossible {
    pub(crate) fn unknown() -> Self {
        Self("there is no such invoice".to_owned())
    }
}

impl From<NotChanged> for NotPossible {
    fn from(why: NotChanged) -> Self {
        NotPressed::from(why).into()
    }
}

impl From<NotPressed> for NotPossible {
    fn from(why: NotPressed) -> Self {
        Self(match why {
            NotPressed::Wrong(why) => why.into_owned(),
            NotPressed::NotAllowed(why) => why.to_string(),
            NotPressed::NotWritten(why) => why.to_string(),
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
