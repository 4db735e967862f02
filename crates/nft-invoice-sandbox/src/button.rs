use std::borrow::Cow;

use crate::app::App;
use crate::charge::Charge;
use crate::event::{Change, Event};
use crate::invoice::Invoice;
use crate::ledger::NotAllowed;
use crate::log::NotWritten;
use crate::order::Order;
use crate::payment::{NotTried, Payment};
use crate::reason::Reason;
use crate::return_url::ReturnUrl;
use crate::state::InvoiceState;
use crate::store::{NotChanged, Store};
use crate::texts::Text;

/// What a customer can do on the checkout page, in a browser or without one.
pub(crate) enum Button<'a> {
    Pay(Payment<'a>),
    Decline,
    Pending,
    Cancel,
    /// Of the 3-D Secure challenge.
    Complete,
    Fail,
}

/// Why a button did nothing.
pub(crate) enum NotPressed {
    /// What to tell the customer.
    Wrong(Cow<'static, str>),
    NotAllowed(NotAllowed),
    NotWritten(NotWritten),
}

impl Button<'_> {
    /// The invoice after it was pressed.
    pub(crate) fn press(
        &self,
        app: &App,
        store: &mut Store,
        invoice: &Invoice,
    ) -> Result<Invoice, NotPressed> {
        let script = store.script.clone();
        let pressed = self
            .change(app, store, invoice)
            .map_err(NotPressed::Wrong)
            .and_then(|change| Ok(store.change(app.now(), invoice, change)?));
        // What was scripted is for an attempt that is made.
        pressed.inspect_err(|_| store.script = script)
    }

    /// What it does to `invoice`, or what to tell the customer.
    fn change(
        &self,
        app: &App,
        store: &mut Store,
        invoice: &Invoice,
    ) -> Result<Change, Cow<'static, str>> {
        let charge = match (self, invoice.challenge.as_deref()) {
            (Self::Cancel, _) if app.assumptions.is("cancel", "fails") => {
                Charge::failed(Reason::Cancelled)
            }
            (Self::Cancel, _) => return Ok(Change::Cancelled),
            _ if invoice.promised.is_some() => {
                return Err("A payment is under way; its outcome is to come.".into());
            }
            (Self::Complete, Some(then)) => *then,
            (Self::Fail, Some(_)) => Charge::failed(Reason::Challenge),
            (Self::Decline, None) => Charge::failed(Reason::Declined),
            (Self::Pending, None) => Charge::to(InvoiceState::AwaitingApproval),
            (Self::Pay(payment), None) => {
                let attempt = payment.attempt(&mut store.script, app.now());
                return attempt.map_err(|not_tried| match not_tried {
                    NotTried::UnknownCard => {
                        "The sandbox does not know this card. Use one of the test cards below."
                            .into()
                    }
                    NotTried::ExpiredCard(_) => {
                        "The card is expired. Write a month to come as MM/YYYY.".into()
                    }
                    NotTried::BadScript(wrong) => {
                        format!("The cardholder's name scripts nothing: {wrong}.").into()
                    }
                });
            }
            _ => return Err("This page has no such button.".into()),
        };
        Ok(Change::moved(charge))
    }
}

/// The invoice once its page was opened: the first time that moves it, later not.
pub(crate) fn opened(
    app: &App,
    store: &mut Store,
    invoice: Invoice,
) -> Result<Invoice, NotWritten> {
    let open = Change::moved(Charge::to(InvoiceState::Opened));
    match store.change(app.now(), &invoice, open) {
        Err(NotChanged::NotAllowed(_)) => Ok(invoice),
        Err(NotChanged::NotWritten(error)) => Err(error),
        Ok(opened) => Ok(opened),
    }
}

/// Where `event` sends the customer: to the merchant's URL for it, or to the page, which shows the result.
pub(crate) fn destination(app: &App, order: &Order, event: &Event) -> String {
    let page = app.checkout_url(order.token);
    let url = match &event.change {
        Change::Cancelled => Text::CancelUrl,
        Change::Promised { .. } => Text::PendingUrl,
        Change::Moved { charge, .. } => match (charge.to, charge.reason) {
            (InvoiceState::Paid, _) => Text::SuccessUrl,
            (InvoiceState::AwaitingApproval, _) => Text::PendingUrl,
            (InvoiceState::Failed, Some(Reason::Cancelled)) => Text::CancelUrl,
            (InvoiceState::Failed, _) => Text::FailureUrl,
            _ => return page,
        },
        Change::Challenged { .. } | Change::Created(_) => return page,
    };
    match order.text(url) {
        Some(url) if ReturnUrl::parse(url).is_some() => url.to_owned(),
        _ => page,
    }
}

impl From<NotChanged> for NotPressed {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::NotAllowed(why) => Self::NotAllowed(why),
            NotChanged::NotWritten(why) => Self::NotWritten(why),
        }
    }
}
