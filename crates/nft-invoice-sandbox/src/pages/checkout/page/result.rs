use maud::{Markup, html};

use super::parts::back_to_the_shop;
use crate::pages::html::Icon;
use crate::payment::{Invoice, InvoiceState, Reason, Return};

/// The title and panel of a result; `None` while the invoice can be paid.
pub(super) fn panel(
    invoice: &Invoice,
    price: &str,
    since: &Markup,
) -> Option<(&'static str, Markup)> {
    let (class, icon, title, text) = match invoice.state {
        InvoiceState::Created | InvoiceState::Opened => return None,
        InvoiceState::Paid => (
            "good",
            Icon::CHECK,
            "Payment received",
            "Thank you. You can close this page.",
        ),
        InvoiceState::AwaitingApproval => (
            "wait",
            Icon::CLOCK,
            "Payment pending",
            "Your payment is awaiting approval. You can close this page.",
        ),
        InvoiceState::Failed => (
            "bad",
            Icon::CROSS,
            "Payment failed",
            "You have not been charged. Ask the shop for a new payment link.",
        ),
        InvoiceState::Expired => (
            "closed",
            Icon::CLOCK,
            "Invoice expired",
            "It was not paid in time. Ask the shop for a new payment link.",
        ),
        InvoiceState::Withheld => (
            "wait",
            Icon::PAUSE,
            "Payment withheld",
            "The gateway is holding this payment. You can close this page.",
        ),
        InvoiceState::Chargeback => (
            "closed",
            Icon::BACK,
            "Payment charged back",
            "The bank returned the money to the cardholder.",
        ),
    };
    let panel = html! {
        section.panel.stack.result.(class) aria-labelledby="result" {
            (icon.svg())
            div role="status" {
                h2 #result { (title) }
                p.soft { (text) }
            }
            dl.facts {
                div { dt { "Amount" } dd { (price) } }
                @if let Some(reason) = invoice.failure_reason { div { dt { "Reason" } dd.sentence { (reason) } } }
                @if let Some(card) = &invoice.card {
                    div { dt { "Card" } dd { (card.for_customer()) } }
                }
                div { dt { "Updated" } dd { (since) } }
            }
            @if let Some(url) = back(invoice) { (back_to_the_shop(url, "button primary")) }
        }
    };
    Some((title, panel))
}

/// The merchant's URL for the result: the status's own, or the nearest one that is not wrong about it.
fn back(invoice: &Invoice) -> Option<&str> {
    let urls: &[Return] = match (invoice.state, invoice.failure_reason) {
        (InvoiceState::AwaitingApproval, _) => &[Return::Pending],
        (InvoiceState::Withheld, _) => &[Return::Pending, Return::Success],
        (InvoiceState::Failed, Some(Reason::Cancelled)) | (InvoiceState::Expired, _) => {
            &[Return::Cancel, Return::Failure]
        }
        (InvoiceState::Failed | InvoiceState::Chargeback, _) => &[Return::Failure, Return::Cancel],
        _ => &[Return::Success],
    };
    urls.iter().find_map(|url| invoice.order.return_url(*url))
}
