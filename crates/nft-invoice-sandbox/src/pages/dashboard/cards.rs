use axum::extract::Form;
use axum::response::Response;
use maud::{Markup, html};

use super::view::{Fields, View, field};
use crate::admin::Answer;
use crate::admin::script as queue_outcome;
use crate::http::see_other;
use crate::payment::{Outcome, TestCard, brand_name};

/// `GET /_sbx/cards`
pub(super) async fn show(view: View) -> Response {
    let content = html! {
        div.title {
            h1 { "Test cards" }
            p.soft { "Public test numbers. Any other number is rejected, so that real cards never enter the sandbox." }
        }
        (outcomes(&view))
        section {
            h2.hidden { "Cards" }
            ol.rows.cards {
                @for card in TestCard::all() {
                    li.row {
                        code { (card.number) }
                        span.brand-name { (brand_name(card.brand)) }
                        span.sentence { (card.description()) }
                        code.soft { (card.outcome) }
                    }
                }
            }
        }
    };
    view.page("/_sbx/cards", "Test cards", &content)
}

/// `POST /_sbx/cards`: queues the outcome of a payment attempt.
pub(super) async fn script(view: View, Form(fields): Fields) -> Answer {
    queue_outcome(&view.app, field(&fields, "outcome"))?;
    Ok(see_other("/_sbx/cards"))
}

/// `POST /_sbx/cards/forget`
pub(super) async fn forget(view: View) -> Response {
    view.app.store().queue.clear();
    see_other("/_sbx/cards")
}

fn outcomes(view: &View) -> Markup {
    let waiting = view.app.store().queue.clone();
    html! {
        section.panel {
            h2 { "Next outcome" }
            p.soft { "Set the outcome of the next payment attempts, one per attempt. It takes precedence over the cardholder name and the card number." }
            @if view.is_owner() {
                form.line method="post" action="/_sbx/cards" {
                    label for="outcome" { "Outcome" }
                    select #outcome name="outcome" {
                        @for outcome in Outcome::all() { option value=(outcome) { (outcome) ": " (outcome.meaning()) } }
                    }
                    button.button type="submit" { "Add to queue" }
                }
            }
            @if waiting.is_empty() { p { "The queue is empty: the test card decides the outcome." } } @else {
                p { "Queue: " @for outcome in &waiting { code { (outcome) } " " } }
                (view.action("/_sbx/cards/forget", &[], "Clear queue", ""))
            }
        }
    }
}
