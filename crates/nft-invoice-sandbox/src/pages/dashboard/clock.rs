use axum::extract::Form;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::moment::{ahead, instant};
use super::view::{Fields, View, field};
use crate::admin::{Answer, Problem, move_by};
use crate::http::see_other;
use crate::pages::html::Field;
use crate::payment::InvoiceEvent;
use crate::store::Store;

/// `GET /_sbx/clock`; after an advance, with the events since then.
pub(super) async fn show(view: View) -> Response {
    view.page("/_sbx/clock", "Clock", &content(&view, "", None))
}

/// `by`: the duration that was entered.
fn content(view: &View, by: &str, problem: Option<&Problem>) -> Markup {
    let field = Field {
        name: "by",
        label: "Custom duration",
        hint: Some(html! {
            "The clock only moves forward. Expiries and callbacks that become due run in order."
        }),
        error: problem.and_then(|problem| problem.of_field("by")),
    };
    let now = view.app.now();
    let store = view.app.store();
    let from = view.asked("from").parse().ok();
    let frozen = view.app.clock.is_frozen();
    html! {
        div.title { h1 { "Clock" } }
        section.panel {
            p.big { time datetime=(now) { (instant(now)) } " UTC" }
            p.soft {
                @if frozen { "The clock is frozen: it moves only when you advance it. " } @else { "The clock follows the system clock. " }
                @match store.next_due() {
                    Some(at) => { "Next scheduled event " (ahead(at, now)) ", " (instant(at)) "." },
                    None => { "Nothing is scheduled." },
                }
            }
            @if view.is_owner() {
                div.buttons {
                    @for (by, text) in [("1m", "1 minute"), ("1h", "1 hour"), ("1d", "1 day"), ("14d", "14 days")] {
                        (view.action("/_sbx/clock", &[("by", by)], &format!("+ {text}"), ""))
                    }
                }
                form.line method="post" action="/_sbx/clock" {
                    label for="by" { (field.label) }
                    input #by name="by" required placeholder="90s, 10m, 36h" autocomplete="off" size="10" value=(by)
                        aria-invalid=[field.invalid()] aria-describedby=[field.described()];
                    button.button type="submit" { "Advance" }
                }
                (field.error())
                p.soft #by-hint { @if let Some(hint) = field.hint { (hint) } }
            }
        }
        @if let Some(from) = from { (happened(&store, from)) }
    }
}

/// `POST /_sbx/clock`
pub(super) async fn advance(view: View, Form(fields): Fields) -> Answer {
    let before = view.app.now();
    let by = field(&fields, "by");
    match move_by(&view.app, by).await {
        Ok(_) => Ok(see_other(&format!("/_sbx/clock?from={before}"))),
        Err(problem) if problem.of_field("by").is_some() => {
            let content = content(&view, by, Some(&problem));
            Ok(view.again(&problem, "/_sbx/clock", "Clock", &content))
        }
        Err(problem) => Err(problem),
    }
}

/// The largest number of events shown.
const LINES: usize = 100;

/// The events after `from`, oldest first. Events at `from` itself happened before the clock was advanced.
fn happened(store: &Store, from: Timestamp) -> Markup {
    let events = store
        .ledger()
        .invoices()
        .flat_map(|invoice| store.ledger().events(invoice.id));
    let events = events.map(|event| InvoiceEvent::new(&event, None));
    let mut lines: Vec<_> = events
        .filter(|event| event.at > from)
        .map(|event| (event.at, event.invoice, event.to_string()))
        .collect();
    for delivery in store.outbox().deliveries() {
        let attempts = delivery.finished().filter(|attempt| attempt.at > from);
        lines.extend(attempts.map(|one| (one.at, one.invoice, one.to_string())));
    }
    lines.sort_by_key(|(at, ..)| *at);
    html! {
        section.panel {
            h2 { "Events since " (instant(from)) }
            @if lines.is_empty() { p.soft { "No events." } }
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
