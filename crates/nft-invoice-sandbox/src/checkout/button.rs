use crate::app::{App, BaseUrl};
use crate::assumption::Cancel;
use crate::checkout::form_error::FormError;
use crate::payment::attempt::{Attempted, Payment};
use crate::payment::charge::Charge;
use crate::payment::event::{Change, Event};
use crate::payment::invoice::Invoice;
use crate::payment::ledger::NotAllowed;
use crate::payment::order::{Order, Return};
use crate::payment::outcome::Outcome;
use crate::payment::reason::Reason;
use crate::payment::state::InvoiceState;
use crate::store::log::WriteError;
use crate::store::{NotChanged, Store};

/// An action on the checkout page, taken in a browser or through [`Checkout`](crate::Checkout).
pub(crate) enum Button<'a> {
    Pay(Payment<'a>),
    Decline,
    Pending,
    Cancel,
    /// Completes the 3-D Secure challenge.
    Complete,
    Fail,
}

/// Why an action was rejected.
pub(crate) enum NotPressed {
    /// What the customer has to correct.
    Wrong(Vec<FormError>),
    NotAllowed(NotAllowed),
    WriteError(WriteError),
}

impl Button<'_> {
    /// Applies the action and returns the changed invoice.
    pub(crate) fn press(
        &self,
        app: &App,
        store: &mut Store,
        invoice: &Invoice,
    ) -> Result<Invoice, NotPressed> {
        let queued = store.queue().front().copied();
        let attempted = self.attempt(app, queued, invoice);
        let attempted = attempted.map_err(NotPressed::Wrong)?;
        Ok(store.change(app.now(), invoice, attempted)?)
    }

    /// Returns the change to `invoice`, or what the customer has to correct.
    fn attempt(
        &self,
        app: &App,
        queued: Option<Outcome>,
        invoice: &Invoice,
    ) -> Result<Attempted, Vec<FormError>> {
        let charge = match (self, invoice.challenge) {
            (Self::Cancel, _) if app.assumptions.cancel == Cancel::Fails => {
                Charge::failed(Reason::Cancelled)
            }
            (Self::Cancel, _) => return Ok(Change::Cancelled {}.into()),
            _ if invoice.promised.is_some() => {
                return Err(vec![FormError::new(
                    "A payment is already being processed. Wait for its result.",
                )]);
            }
            (Self::Complete, Some(then)) => then,
            (Self::Fail, Some(_)) => Charge::failed(Reason::Challenge),
            (Self::Decline, None) => Charge::failed(Reason::Declined),
            (Self::Pending, None) => Charge::to(InvoiceState::AwaitingApproval),
            (Self::Pay(payment), None) => {
                let attempt = payment.attempt(queued, app.now());
                return attempt.map_err(|_| FormError::all(payment, app.now()));
            }
            _ => return Err(vec![FormError::NO_SUCH_ACTION]),
        };
        Ok(Change::moved(charge).into())
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
    let page = base_url.checkout(order.token);
    let url = match &event.change {
        Change::Cancelled {} => Return::Cancel,
        Change::Promised { .. } => Return::Pending,
        Change::Moved { charge, .. } => match (charge.to, charge.reason) {
            (InvoiceState::Paid, _) => Return::Success,
            (InvoiceState::AwaitingApproval, _) => Return::Pending,
            (InvoiceState::Failed, Some(Reason::Cancelled)) => Return::Cancel,
            (InvoiceState::Failed, _) => Return::Failure,
            _ => return page,
        },
        Change::Challenged { .. } | Change::Created(_) => return page,
    };
    order.return_url(url).map_or(page, ToOwned::to_owned)
}

impl From<NotChanged> for NotPressed {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::NotAllowed(why) => Self::NotAllowed(why),
            NotChanged::WriteError(why) => Self::WriteError(why),
        }
    }
}
