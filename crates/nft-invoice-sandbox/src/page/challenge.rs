use maud::{Markup, html};

use super::icon::Icon;
use super::{Entered, form_head, outcome};
use crate::app::App;
use crate::invoice::Invoice;

/// The 3-D Secure challenge. Abandoning it has the same effect as cancelling the card form.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    entered: &Entered,
    amount: &str,
) -> (&'static str, Markup) {
    let title = "Verify your identity";
    let panel = html! {
        section.panel.stack.result aria-labelledby="challenge" {
            (Icon::Shield.svg())
            h2 #challenge { (title) }
            p.soft { "Your bank uses 3-D Secure to verify this payment." }
            @if invoice.cancelled {
                p.notice role="status" { "You left the challenge. You can still complete it." }
            }
            dl.facts {
                @if let Some(card) = &invoice.card {
                    div { dt { "Card" } dd { (card.brand()) " " code { (card.masked()) } } }
                }
                div { dt { "Amount" } dd { (amount) } }
            }
            form.stack method="post" {
                (form_head(app, invoice, entered))
                button.button.primary type="submit" name="action" value="complete" { "Complete the challenge" }
                div.outcomes {
                    (outcome("fail", "Fail the challenge"))
                    (outcome("abandon", "Abandon the challenge"))
                }
            }
        }
    };
    (title, panel)
}
