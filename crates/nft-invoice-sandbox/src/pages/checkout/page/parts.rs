//! What the panels of the page have in common.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::app::App;
use crate::checkout::FIELDS;
use crate::pages::checkout::form::Rejected;
use crate::payment::Invoice;

/// Formats a time as the gateway shows it.
pub(super) fn time(app: &App, at: Timestamp) -> Markup {
    let shown = app.civil(at).strftime("%Y-%m-%d %H:%M:%S");
    html! { time datetime=(at) { (shown) " " (app.assumptions.time_zone.as_str()) } }
}

/// The one-time value of the invoice's version, for a form.
pub(super) fn nonce(app: &App, invoice: &Invoice) -> Markup {
    html! { input type="hidden" name="nonce" value=(app.tokens.nonce(invoice.id, invoice.version)); }
}

/// A button that submits without browser validation: only Pay validates the card form.
pub(super) fn outcome(action: &str, text: &str) -> Markup {
    html! { button.button type="submit" name="action" value=(action) formnovalidate { (text) } }
}

/// A link to one of the merchant's return URLs.
pub(super) fn back_to_the_shop(url: &str, class: &str) -> Markup {
    html! { a class=(class) href=(url) { "Back to the shop" } }
}

/// At most `limit` characters of a text, and an ellipsis if it has more.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A list that is folded if it has more than `few` items; nothing if it has none.
pub(super) fn folded(title: &str, count: usize, few: usize, list: &Markup) -> Markup {
    html! {
        @if count > few { details { summary { (title) " (" (count) ")" } (list) } }
        @else if count > 0 { (list) }
    }
}

impl Rejected {
    /// Above the form: what concerns all of it, and which fields to correct.
    pub(super) fn summary(&self) -> Markup {
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
