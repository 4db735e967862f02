use axum::extract::Form;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::moment::{ahead, instant};
use super::view::{Tab, View, action};
use super::{Fields, after, field};
use crate::admin::move_by;
use crate::store::Store;

/// `GET /_sbx/clock`; after a move, with what happened on the way.
pub(super) async fn show(view: View) -> Response {
    let now = view.app.now();
    let store = view.app.store();
    let from = view.asked("from").and_then(|from| from.parse().ok());
    let frozen = view.app.clock.is_frozen();
    let content = html! {
        div.title { h1 { "Clock" } }
        section.panel {
            p.big { time datetime=(now) { (instant(now)) } " UTC" }
            p.soft {
                @if frozen { "It stands still until it is moved. " } @else { "It follows the system's clock. " }
                @match store.next_due() {
                    Some(at) => { "Next by itself: " (ahead(at, now)) ", " (instant(at)) "." },
                    None => { "Nothing is due." },
                }
            }
            @if view.is_owner() {
                div.buttons {
                    @for (by, text) in [("1m", "1 minute"), ("1h", "1 hour"), ("1d", "1 day"), ("14d", "14 days")] {
                        (action(&view, "/_sbx/clock", &[("by", by)], &format!("+ {text}"), ""))
                    }
                }
                form.line method="post" action="/_sbx/clock" {
                    label for="by" { "Or by" }
                    input #by name="by" required placeholder="90s, 10m, 36h" autocomplete="off" size="10" aria-describedby="forward";
                    button.button type="submit" { "Move" }
                }
                p.soft #forward { "It only moves forward. What falls due on the way happens in its order." }
            }
        }
        @if let Some(from) = from { (happened(&store, from)) }
    };
    drop(store);
    view.page(Tab::Clock, "Clock", &content)
}

/// `POST /_sbx/clock`
pub(super) async fn advance(view: View, Form(fields): Fields) -> Response {
    let before = view.app.now();
    let moved = move_by(&view.app, field(&fields, "by")).await;
    after(&view, moved, |_| format!("/_sbx/clock?from={before}"))
}

/// How many lines are shown.
const LINES: usize = 100;

/// What happened after `from`, oldest first: what a clock that stands still had seen before the move is left out.
fn happened(store: &Store, from: Timestamp) -> Markup {
    let events = store
        .ledger()
        .invoices()
        .flat_map(|invoice| store.ledger().events(invoice.id));
    let events = events.filter(|event| event.at > from);
    let mut lines: Vec<_> = events
        .map(|event| (event.at, event.invoice, event.to_string()))
        .collect();
    for delivery in store.outbox.deliveries() {
        let attempts = delivery.attempts.iter().filter(|attempt| attempt.at > from);
        lines.extend(attempts.map(|attempt| {
            let text = format!(
                "callback {} of invoice {}: {}",
                delivery.event.wire(),
                delivery.invoice,
                attempt.result
            );
            (attempt.at, delivery.invoice, text)
        }));
    }
    lines.sort_by_key(|(at, ..)| *at);
    html! {
        section.panel {
            h2 { "Since " (instant(from)) }
            @if lines.is_empty() { p.soft { "Nothing happened on the way." } }
            ol.happened {
                @for (at, invoice, text) in lines.iter().take(LINES) {
                    li {
                        time datetime=(at) { (instant(*at)) }
                        a href={ "/_sbx/invoices/" (invoice) } { (text) }
                    }
                }
            }
            @if lines.len() > LINES { p.soft { "And " (lines.len() - LINES) " more." } }
        }
    }
}
