use axum::extract::Form;
use maud::{Markup, html};

use super::link::link;
use super::view::{Fields, View, field};
use crate::admin::{Answer, Problem};
use crate::http::see_other;
use crate::payment::{Invoice, Token};

/// Longer than any reference, e-mail address or link, and short enough for a URL.
const LONGEST: usize = 1000;

/// The text that a list of invoices was searched for.
pub(super) struct Search<'a>(pub(super) &'a str);

impl<'a> Search<'a> {
    /// Reads it from the URL of the list.
    pub(super) fn asked(view: &'a View) -> Result<Self, Problem> {
        let text = view.asked("search");
        if Token::is_in(text) {
            let wrong =
                "enter a payment link in the search field, not in the address: it is a secret";
            return Err(Problem::field("search", wrong));
        }
        Ok(Self(text))
    }

    pub(super) fn matches(&self, invoice: &Invoice) -> bool {
        self.0.is_empty()
            || invoice.reference() == Some(self.0)
            || invoice.has_email(self.0)
            || self.0.parse() == Ok(invoice.id)
    }

    /// The form; nothing in the read-only view, which cannot post.
    pub(super) fn form(&self, view: &View) -> Markup {
        html! {
            @if view.is_owner() {
                form.search role="search" method="post" action="/_sbx/search" {
                    label for="search" { "Reference, e-mail address, invoice number or payment link" }
                    div.line {
                        input #search name="search" type="search" autocomplete="off" spellcheck="false" value=(self.0);
                        button.button type="submit" { "Find" }
                        @if !self.0.is_empty() { a href="/_sbx" { "Show all invoices" } }
                    }
                }
            }
        }
    }
}

/// `POST /_sbx/search`. The form posts, although a search changes nothing, because its text can contain the token of a
/// payment page: whoever has it can pay, so it must not get into a URL, which browsers keep in their history. A token leads
/// to the page of its invoice; any other text goes into the URL of the list, which can be reloaded and bookmarked.
pub(super) async fn submit(view: View, Form(fields): Fields) -> Answer {
    let text = field(&fields, "search").trim();
    if text.len() > LONGEST {
        let wrong = format!("enter at most {LONGEST} characters");
        return Err(Problem::field("search", wrong));
    }
    if !Token::is_in(text) {
        return Ok(see_other(&link("/_sbx", &[("search", text)])));
    }
    let found = Token::in_text(text).and_then(|token| {
        let store = view.app.store();
        store.ledger().with_token(token).map(|invoice| invoice.id)
    });
    match found {
        Some(id) => Ok(see_other(&format!("/_sbx/invoices/{id}"))),
        None => Err(Problem::not_found(
            "No invoice has this payment link. It may belong to an invoice that is no longer kept, or to another sandbox.",
        )),
    }
}
