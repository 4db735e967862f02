use serde::Deserialize;

use crate::app::{App, BaseUrl};
use crate::assumption::Cancel;
use crate::checkout::form_error::FormError;
use crate::payment::{
    Change, Charge, Event, Invoice, InvoiceState, Order, Outcome, Payment, Reason, Return,
};
use crate::store::{NotChanged, Store, WriteError};

/// An action of the checkout page, taken in a browser, through [`Checkout`](crate::Checkout) or the admin API.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Pay,
    Decline,
    Pending,
    /// Also abandons the 3-D Secure challenge.
    Cancel,
    /// Completes the 3-D Secure challenge.
    Complete,
    Fail,
}

/// Why an action was rejected.
pub(crate) enum NotTaken {
    /// What the customer has to correct.
    Wrong(Vec<FormError>),
    NotChanged(NotChanged),
}

impl Action {
    /// Takes the action and returns the changed invoice. `payment` is that of [`Action::Pay`].
    pub(crate) fn take(
        self,
        app: &App,
        store: &mut Store,
        invoice: &Invoice,
        payment: &Payment<'_>,
    ) -> Result<Invoice, NotTaken> {
        let queued = store.queue.front().copied();
        let change = self.change(app, queued, invoice, payment);
        let change = change.map_err(NotTaken::Wrong)?;
        let changed = store.change(app.now(), invoice, change)?;
        if self == Self::Pay {
            store.queue.pop_front();
        }
        Ok(changed)
    }

    /// Returns the change to `invoice`, or what the customer has to correct.
    fn change(
        self,
        app: &App,
        queued: Option<Outcome>,
        invoice: &Invoice,
        payment: &Payment<'_>,
    ) -> Result<Change, Vec<FormError>> {
        let charge = match (self, invoice.challenge) {
            (Self::Cancel, _) if app.assumptions.cancel == Cancel::Fails => {
                Charge::failed(Reason::Cancelled)
            }
            (Self::Cancel, _) => return Ok(Change::Cancelled {}),
            _ if invoice.promised.is_some() => {
                let message = "A payment is already being processed. Wait for its result.";
                return Err(vec![FormError::new(message)]);
            }
            (Self::Complete, Some(then)) => then,
            (Self::Fail, Some(_)) => Charge::failed(Reason::Challenge),
            (Self::Decline, None) => Charge::failed(Reason::Declined),
            (Self::Pending, None) => Charge::to(InvoiceState::AwaitingApproval),
            (Self::Pay, None) => {
                let attempt = payment.attempt(queued, app.now());
                return attempt.map_err(|errors| FormError::all(payment, errors));
            }
            _ => return Err(vec![FormError::no_such_action()]),
        };
        Ok(Change::moved(charge))
    }
}

impl From<NotChanged> for NotTaken {
    fn from(why: NotChanged) -> Self {
        Self::NotChanged(why)
    }
}

/// Marks the invoice as opened. Only the first visit changes it.
pub(crate) fn opened(
    app: &App,
    store: &mut Store,
    invoice: Invoice,
) -> Result<Invoice, WriteError> {
    let open = Change::moved(Charge::to(InvoiceState::Opened));
    match store.change(app.now(), &invoice, open) {
        Err(NotChanged::NotAllowed(_)) => Ok(invoice),
        Err(NotChanged::WriteError(error)) => Err(error),
        Ok(opened) => Ok(opened),
    }
}

/// Returns the URL that `event` sends the customer to: the merchant's, or the page itself, which shows the result.
pub(crate) fn destination(base_url: &BaseUrl, order: &Order, event: &Event) -> String {
    let why = match &event.change {
        Change::Cancelled {} => Some(Return::Cancel),
        Change::Promised { .. } => Some(Return::Pending),
        Change::Moved { charge, .. } => match (charge.to, charge.reason) {
            (InvoiceState::Paid, _) => Some(Return::Success),
            (InvoiceState::AwaitingApproval, _) => Some(Return::Pending),
            (InvoiceState::Failed, Some(Reason::Cancelled)) => Some(Return::Cancel),
            (InvoiceState::Failed, _) => Some(Return::Failure),
            _ => None,
        },
        Change::Challenged { .. } | Change::Created(_) => None,
    };
    let url = why.and_then(|why| order.return_url(why));
    url.map_or_else(|| base_url.checkout(order.token), ToOwned::to_owned)
}
