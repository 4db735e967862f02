mod challenge;
mod icon;
mod order;
mod payment;
mod result;

use std::borrow::Cow;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use self::icon::Icon;
use crate::app::App;
use crate::invoice::Invoice;

/// The style sheet of the checkout pages: the shared rules, then the checkout's own.
pub(crate) const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/checkout.css")
);

pub(crate) const STYLE_PATH: &str = "/widget/sale/style.css";

/// The values of a rejected form, to be shown again. The card number is left out: it may be a real one.
#[derive(Default)]
pub(crate) struct Entered {
    pub(crate) error: Option<Cow<'static, str>>,
    pub(crate) card_expiry: String,
    pub(crate) cardholder: String,
}

/// Renders the page of an invoice in any status. maud escapes every value.
pub(crate) fn invoice(app: &App, invoice: &Invoice, entered: &Entered) -> String {
    let amount = invoice.order.price();
    let since = time(app, invoice.changed_at);
    let (title, panel) =
        result::panel(invoice, &amount, &since).unwrap_or_else(|| match invoice.challenge {
            Some(_) => challenge::panel(app, invoice, entered, &amount),
            None => payment::panel(app, invoice, entered, &amount),
        });
    page(
        &format!("{title} · {amount}"),
        html! {
            div.checkout {
                (order::panel(&invoice.order, &amount, invoice.id, &time(app, invoice.created_at)))
                (panel)
            }
            p.foot.soft.small {
                "Status " (invoice.state) " · sandbox time " (time(app, app.now()))
            }
        },
    )
}

/// Renders a page with a message and an optional link.
pub(crate) fn message(title: &str, text: &str, link: Option<&str>) -> String {
    page(
        title,
        html! {
            section.panel.message.result.closed.stack {
                (Icon::Alert.svg())
                h1 { (title) }
                p.soft { (text) }
                @if let Some(link) = link { a.button.primary href=(link) { "Open the payment page again" } }
            }
        },
    )
}

fn page(title: &str, content: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sandbox" }
                (icon())
                link rel="stylesheet" href=(STYLE_PATH);
            }
            body {
                header.banner {
                    strong { "Sandbox: no money moves." } " Use a test card, never a real one."
                }
                main { (content) }
            }
        }
    }
    .into_string()
}

/// The tab icon. Without one a browser requests /favicon.ico, which is not a gateway route.
pub(crate) fn icon() -> Markup {
    html! { link rel="icon" href=(Icon::Picture.tab()); }
}

/// Formats a time as the gateway shows it.
fn time(app: &App, at: Timestamp) -> Markup {
    let shown = app.civil(at).strftime("%Y-%m-%d %H:%M:%S");
    html! { time datetime=(at) { (shown) " " (app.assumptions.get("time-zone")) } }
}

/// The nonce for the invoice's version, and the error of the previous submission.
fn form_head(app: &App, invoice: &Invoice, entered: &Entered) -> Markup {
    html! {
        input type="hidden" name="nonce" value=(app.tokens.nonce(invoice.id, invoice.version));
        @if let Some(error) = &entered.error { p.notice.bad role="alert" { (error) } }
    }
}

/// A button that submits without browser validation: only Pay validates the card form.
fn outcome(action: &str, text: &str) -> Markup {
    html! { button.button type="submit" name="action" value=(action) formnovalidate { (text) } }
}
