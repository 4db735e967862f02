use axum::extract::Form;
use axum::response::Response;
use maud::{Markup, html};

use super::view::{Tab, View, action};
use super::{Done, Fields, field, to};
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
        section.card {
            h2 { "Cards" }
            div.scroll tabindex="0" role="region" aria-label="Test cards" {
                table {
                    thead { tr {
                        th scope="col" { "Number" } th scope="col" { "Brand" } th scope="col" { "What happens" } th scope="col" { "Outcome" }
                    } }
                    tbody {
                        @for card in TestCard::all() {
                            tr {
                                td { code.number { (card.number()) } }
                                td { (card.brand()) }
                                td { (card.meaning()) }
                                td { code { (card.outcome()) } }
                            }
                        }
                    }
                }
            }
        }
    };
    view.page(Tab::Cards, "Test cards", &content)
}

/// `POST /_sbx/cards`: what the next attempt to pay comes to.
pub(super) async fn script(view: View, Form(fields): Fields) -> Done {
    put_in_line(&view.app, field(&fields, "outcome")).map_err(|problem| view.problem(&problem))?;
    Ok(to("/_sbx/cards"))
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
        section.card {
            h2 { "Next outcome" }
            p.soft { "It comes before what the card's number and the cardholder's name say, for one attempt each." }
            @if view.is_owner() {
                form.line method="post" action="/_sbx/cards" {
                    label for="outcome" { "The next payment is" }
                    select #outcome name="outcome" {
                        @for outcome in Outcome::all() { option value=(outcome) { (outcome) ": " (outcome.meaning()) } }
                    }
                    button type="submit" { "Put it in line" }
                }
            }
            @if waiting.is_empty() { p { "None waits: the cards decide." } } @else {
                p { "In line: " @for word in &waiting { code { (word) } " " } }
                (action(view, "/_sbx/cards/forget", &[], "Forget them", ""))
            }
        }
    }
}
