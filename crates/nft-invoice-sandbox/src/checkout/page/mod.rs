mod cards;
mod challenge;
mod order;
mod payment;
mod pictures;
mod result;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::app::App;
use crate::checkout::Rejected;
use crate::checkout::card_form::FIELDS;
use crate::html::document;
use crate::html::icon::Icon;
use crate::payment::invoice::Invoice;

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
        &html! {
            section.panel.message.result.closed.stack {
                (Icon::Alert.svg())
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

/// A list that is folded if it has more than `few` items; nothing if it has none.
fn folded(title: &str, count: usize, few: usize, list: &Markup) -> Markup {
    html! {
        @if count > few { details { summary { (title) " (" (count) ")" } (list) } }
        @else if count > 0 { (list) }
    }
}

impl Rejected {
    /// Above the form: what concerns all of it, and which fields to correct.
    fn summary(&self) -> Markup {
        let is_wrong = |(name, _): &(&str, &str)| self.message(name).is_some();
        let wrong: Vec<_> = FIELDS.into_iter().filter(is_wrong).collect();
        html! {
            @if !self.errors.is_empty() {
                div.notice.bad role="alert" {
                    @for error in self.errors.iter().filter(|error| error.field.is_none()) {
                        p { (error.message) }
                    }
                    @if !wrong.is_empty() {
                        p {
                            "The payment was not submitted. Check "
                            @for (place, (name, label)) in wrong.iter().enumerate() {
                                @if place > 0 { @if place + 1 == wrong.len() { " and " } @else { ", " } }
                                a href={ "#" (name) } { "the " (label.to_lowercase()) }
                            }
                            "."
                        }
                    }
                }
            }
        }
    }

    fn message(&self, field: &str) -> Option<&str> {
        let mut errors = self.errors.iter();
        let error = errors.find(|error| error.field == Some(field));
        error.map(|error| &*error.message)
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
