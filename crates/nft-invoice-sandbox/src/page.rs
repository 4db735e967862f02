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

/// The pages' style sheet: what all pages share, then what the checkout adds.
pub(crate) const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/checkout.css")
);

pub(crate) const STYLE_PATH: &str = "/widget/sale/style.css";

/// What a form that was refused held, to be shown again. The card's number is not: it may be a real one.
#[derive(Default)]
pub(crate) struct Entered {
    pub(crate) error: Option<Cow<'static, str>>,
    pub(crate) card_expiry: String,
    pub(crate) cardholder: String,
}

/// The page of an invoice, whatever its state. maud escapes all that it is given.
pub(crate) fn invoice(app: &App, invoice: &Invoice, entered: &Entered) -> String {
    let amount = format!("{} {}", invoice.amount(), invoice.currency());
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
                "State " (invoice.state) " · sandbox time " (time(app, app.now()))
            }
        },
    )
}

/// A page that only says something, and where to go from there.
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

/// For the browser's tab. Without one a browser asks for /favicon.ico, which is no call of the gateway's.
pub(crate) fn icon() -> Markup {
    html! { link rel="icon" href=(Icon::Picture.tab()); }
}

/// An instant as the gateway shows it.
fn time(app: &App, at: Timestamp) -> Markup {
    let shown = app.civil(at).strftime("%Y-%m-%d %H:%M:%S");
    html! { time datetime=(at) { (shown) " " (app.assumptions.get("time-zone")) } }
}

/// The version of the invoice that a form is for, and what was wrong with the form before it.
fn form_head(app: &App, invoice: &Invoice, entered: &Entered) -> Markup {
    html! {
        input type="hidden" name="nonce" value=(app.tokens.nonce(invoice.id, invoice.version));
        @if let Some(error) = &entered.error { p.notice.bad role="alert" { (error) } }
    }
}

/// A button that sends the form as it is: only paying has the card form checked.
fn outcome(action: &str, text: &str) -> Markup {
    html! { button.button type="submit" name="action" value=(action) formnovalidate { (text) } }
}
