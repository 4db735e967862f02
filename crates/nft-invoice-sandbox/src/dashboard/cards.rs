use axum::extract::Form;
use axum::response::Response;
use maud::{Markup, html};

use super::view::{Tab, View, action};
use super::{Fields, after, field, to};
use crate::admin::script as put_in_line;
use crate::card::TestCard;
use crate::outcome::Outcome;

/// `GET /_sbx/cards`
pub(super) async fn show(view: View) -> Response {
    let content = html! {
        div.title {
            h1 { "Test cards" }
            p.soft { "Public numbers. Any other is refused, so that real cards never enter." }
        }
        (outcomes(&view))
        section {
            h2.hidden { "Cards" }
            ol.rows.cards {
                @for card in TestCard::all() {
                    li.row {
                        code { (card.number()) }
                        span.brand-name { (card.brand()) }
                        span { (card.meaning()) }
                        code.soft { (card.outcome()) }
                    }
                }
            }
        }
    };
    view.page(Tab::Cards, "Test cards", &content)
}

/// `POST /_sbx/cards`: what the next attempt to pay comes to.
pub(super) async fn script(view: View, Form(fields): Fields) -> Response {
    let waits = put_in_line(&view.app, field(&fields, "outcome"));
    after(&view, waits, |()| "/_sbx/cards".to_owned())
}

/// `POST /_sbx/cards/forget`
pub(super) async fn forget(view: View) -> Response {
    view.app.store().script.clear();
    to("/_sbx/cards")
}

fn outcomes(view: &View) -> Markup {
    let waiting: Vec<_> = view
        .app
        .store()
        .script
        .iter()
        .map(ToString::to_string)
        .collect();
    html! {
        section.panel {
            h2 { "Next outcome" }
            p.soft { "It comes before what the card's number and the cardholder's name say, for one attempt each." }
            @if view.is_owner() {
                form.line method="post" action="/_sbx/cards" {
                    label for="outcome" { "The next payment is" }
                    select #outcome name="outcome" {
                        @for outcome in Outcome::all() { option value=(outcome) { (outcome) ": " (outcome.meaning()) } }
                    }
                    button.button type="submit" { "Put it in line" }
                }
            }
            @if waiting.is_empty() { p { "None waits: the cards decide." } } @else {
                p { "In line: " @for word in &waiting { code { (word) } " " } }
                (action(view, "/_sbx/cards/forget", &[], "Forget them", ""))
            }
        }
    }
}
