use maud::{Markup, html};

use super::icon::Icon;
use crate::invoice::Invoice;
use crate::return_url::ReturnUrl;
use crate::state::InvoiceState;
use crate::texts::Text;

/// The title and panel of a result; `None` while the invoice can be paid.
pub(super) fn panel(
    invoice: &Invoice,
    amount: &str,
    since: &Markup,
) -> Option<(&'static str, Markup)> {
    let (class, icon, title, text) = match invoice.state {
        InvoiceState::Created | InvoiceState::Opened => return None,
        InvoiceState::Paid => (
            "good",
            Icon::Check,
            "Payment received",
            "Thank you. You can close this page.",
        ),
        InvoiceState::AwaitingApproval => (
            "wait",
            Icon::Clock,
            "Payment pending",
            "Your payment is awaiting approval. You can close this page.",
        ),
        InvoiceState::Failed => (
            "bad",
            Icon::Cross,
            "Payment failed",
            "You have not been charged. Ask the shop for a new payment link.",
        ),
        InvoiceState::Expired => (
            "closed",
            Icon::Clock,
            "Invoice expired",
            "It was not paid in time. Ask the shop for a new payment link.",
        ),
        InvoiceState::Withheld => (
            "wait",
            Icon::Pause,
            "Payment withheld",
            "The gateway is holding this payment. You can close this page.",
        ),
        InvoiceState::Chargeback => (
            "closed",
            Icon::Back,
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
                div { dt { "Amount" } dd { (amount) } }
                @if let Some(reason) = invoice.reason { div { dt { "Reason" } dd { (reason) } } }
                @if let Some(card) = &invoice.card {
                    div { dt { "Card" } dd { (card.brand()) " " code { (card.masked()) } } }
                }
                div { dt { "Updated" } dd { (since) } }
            }
            @if let Some(url) = back(invoice) { a.button.primary href=(url) { "Back to the shop" } }
        }
    };
    Some((title, panel))
}

/// The merchant's return URL for the status, if it is a web URL.
fn back(invoice: &Invoice) -> Option<&str> {
    let url = match invoice.state {
        InvoiceState::AwaitingApproval => Text::PendingUrl,
        InvoiceState::Failed => Text::FailureUrl,
        InvoiceState::Expired => Text::CancelUrl,
        _ => Text::SuccessUrl,
    };
    let url = invoice.order.text(url)?;
    ReturnUrl::parse(url).is_some().then_some(url)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::Timestamp;

    use super::*;
    use crate::ledger::Ledger;
    use crate::state::Mode;
    use crate::testing::order;

    #[test]
    fn shows_a_distinct_result_for_every_closed_status() {
        let mut ledger = Ledger::default();
        let created = ledger.create(Timestamp::UNIX_EPOCH, order(Mode::Hosted));
        ledger.apply(created);
        let mut titles = HashSet::new();
        for state in InvoiceState::ALL {
            let mut invoice = ledger.get(1).unwrap().clone();
            invoice.state = state;
            let open = matches!(state, InvoiceState::Created | InvoiceState::Opened);
            let shown = panel(&invoice, "42 USD", &html! {});
            assert_eq!(shown.is_none(), open, "{state}");
            if let Some((title, panel)) = shown {
                assert!(panel.into_string().contains(title), "{state}");
                assert!(
                    titles.insert(title),
                    "{state} has the title of another status"
                );
            }
        }
    }
}
