use maud::{Markup, html};

use super::parts::{nonce, outcome};
use crate::app::App;
use crate::pages::checkout::form::Rejected;
use crate::pages::html::Icon;
use crate::payment::Invoice;

/// The 3-D Secure challenge. Abandoning it has the same effect as cancelling the card form.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    rejected: &Rejected,
    price: &str,
) -> (&'static str, Markup) {
    let title = "Verify your identity";
    let panel = html! {
        section.panel.stack.result aria-labelledby="challenge" {
            (Icon::SHIELD.svg())
            h2 #challenge { (title) }
            p.soft { "Your bank uses 3-D Secure to verify this payment." }
            @if invoice.cancelled {
                p.notice role="status" { "You left this page before the verification was complete. You can still complete it." }
            }
            dl.facts {
                @if let Some(card) = &invoice.card { div { dt { "Card" } dd { (card.for_customer()) } } }
                div { dt { "Amount" } dd { (price) } }
            }
            form.stack method="post" {
                (nonce(app, invoice))
                (rejected.summary())
                button.button.primary type="submit" name="action" value="complete" { "Complete verification" }
                div.outcomes {
                    (outcome("fail", "Fail verification"))
                    (outcome("cancel", "Cancel"))
                }
            }
        }
    };
    (title, panel)
}
