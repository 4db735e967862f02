use maud::{Markup, html};

use super::icon::Icon;
use super::{Entered, form_head, outcome};
use crate::app::App;
use crate::invoice::Invoice;

/// What a bank's 3-D Secure page asks. Abandoning it is leaving the page, as cancelling the card form is.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    entered: &Entered,
    amount: &str,
) -> (&'static str, Markup) {
    let title = "Confirm that it is you";
    let panel = html! {
        section.panel.stack.result aria-labelledby="challenge" {
            (Icon::Shield.svg())
            h2 #challenge { (title) }
            p.soft { "3-D Secure: your bank asks before it lets this payment through." }
            @if invoice.cancelled {
                p.notice role="status" { "You left the challenge. It still waits for you." }
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
