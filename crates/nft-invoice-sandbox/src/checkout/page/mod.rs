mod attributes;
mod cards;
mod challenge;
mod icon;
mod order;
mod payment;
mod pictures;
mod result;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use self::icon::Icon;
use crate::app::App;
use crate::checkout::form_error::{CardField, FormError};
use crate::payment::invoice::Invoice;

/// The style sheet of the checkout pages: the shared rules, then the checkout's own.
pub(crate) const STYLE: &str =
    concat!(include_str!("../base.css"), include_str!("../checkout.css"));

pub(crate) const STYLE_PATH: &str = "/widget/sale/style.css";

/// A rejected form. It is shown again in the response to it, and kept nowhere.
#[derive(Default)]
pub(crate) struct Rejected {
    pub(crate) errors: Vec<FormError>,
    pub(crate) card: Option<TypedCard>,
}

/// The card as it was typed, without its verification code, which is not submitted.
pub(crate) struct TypedCard {
    pub(crate) number: String,
    pub(crate) expiry: String,
    pub(crate) cardholder: String,
}

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
        html! {
            div.checkout {
                (order::panel(merchant, invoice, &price, &time(app, invoice.created_at)))
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
    html! { time datetime=(at) { (shown) " " (app.assumptions.time_zone.as_str()) } }
}

/// The one-time value of the invoice's version, for a form.
fn nonce(app: &App, invoice: &Invoice) -> Markup {
    html! { input type="hidden" name="nonce" value=(app.tokens.nonce(invoice.id, invoice.version)); }
}

/// A button that submits without browser validation: only Pay validates the card form.
fn outcome(action: &str, text: &str) -> Markup {
    html! { button.button type="submit" name="action" value=(action) formnovalidate { (text) } }
}

/// A link to one of the merchant's return URLs.
fn back_to_the_shop(url: &str, class: &str) -> Markup {
    html! { a class=(class) href=(url) { "Back to the shop" } }
}

/// At most `limit` characters of a text, and an ellipsis if it has more.
fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

impl Rejected {
    /// Above the form: what concerns all of it, and which fields to correct.
    fn summary(&self) -> Markup {
        let fields: Vec<_> = CardField::ALL
            .into_iter()
            .filter(|field| self.message(*field).is_some())
            .collect();
        html! {
            @if !self.errors.is_empty() {
                div.notice.bad role="alert" {
                    @for error in self.errors.iter().filter(|error| error.field().is_none()) {
                        p { (error.message()) }
                    }
                    @if !fields.is_empty() {
                        p {
                            "The payment was not submitted. Check "
                            @for (place, field) in fields.iter().enumerate() {
                                @if place > 0 { @if place + 1 == fields.len() { " and " } @else { ", " } }
                                a href={ "#" (field.id()) } { "the " (field.label().to_lowercase()) }
                            }
                            "."
                        }
                    }
                }
            }
        }
    }

    fn message(&self, field: CardField) -> Option<&str> {
        let mut errors = self.errors.iter();
        let error = errors.find(|error| error.field() == Some(field));
        error.map(FormError::message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_by_characters() {
        for (text, shown) in [("", ""), ("naïve", "naïve"), ("naïve 🦊 fox", "naïve…")] {
            assert_eq!(shortened(text, 6).as_str(), shown, "{text}");
        }
    }
}
