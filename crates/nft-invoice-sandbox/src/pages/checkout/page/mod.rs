mod cards;
mod challenge;
mod parts;
mod payment;
mod pictures;
mod result;
mod summary;

use maud::{Markup, html};

use self::parts::time;
use crate::app::App;
use crate::pages::checkout::form::Rejected;
use crate::pages::html::{Icon, document};
use crate::payment::Invoice;

pub(crate) const STYLE_PATH: &str = "/widget/sale/style.css";

/// Renders the page of an invoice in any status. maud escapes every value.
pub(crate) fn invoice(app: &App, merchant: &str, invoice: &Invoice, rejected: &Rejected) -> String {
    let price = invoice.order.price();
    let since = time(app, invoice.changed_at);
    let (title, panel) =
        result::panel(invoice, &price, &since).unwrap_or_else(|| match invoice.challenge {
            Some(_) => challenge::panel(app, invoice, rejected, &price),
            None => payment::panel(app, invoice, rejected, &price),
        });
    let error = if rejected.errors.is_empty() {
        ""
    } else {
        "Error: "
    };
    page(
        &format!("{error}{title} · {price}"),
        &html! {
            div.checkout {
                (summary::panel(merchant, invoice, &price, &time(app, invoice.created_at)))
                (panel)
            }
            p.foot.soft.small {
                span { "Status: " (invoice.state) } " " span { "Sandbox time: " (time(app, app.now())) }
            }
        },
    )
}

/// Renders a page with a message and an optional link.
pub(crate) fn message(title: &str, text: &str, link: Option<&str>) -> String {
    page(
        title,
        &html! {
            section.panel.message.result.closed.stack {
                (Icon::ALERT.svg())
                h1 { (title) }
                p.soft { (text) }
                @if let Some(link) = link { a.button.primary href=(link) { "Open the payment page again" } }
            }
        },
    )
}

fn page(title: &str, content: &Markup) -> String {
    let body = html! {
        header.banner {
            strong { "Sandbox: no money moves." } " Use a test card, never a real one."
        }
        main { (content) }
    };
    document(title, STYLE_PATH, None, &body)
}
