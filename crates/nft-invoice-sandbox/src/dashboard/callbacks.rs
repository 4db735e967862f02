use axum::response::Response;
use maud::{Markup, html};

use super::callback::{badge, none, waits_for};
use super::invoices::named;
use super::moment::{age, ahead};
use super::pages::pages;
use super::view::{Tab, View};
use crate::admin::newest_callbacks;
use crate::callback::delivery::{Delivery, DeliveryState};
use crate::store::Store;

/// `GET /_sbx/callbacks`: the callbacks of all invoices, newest first.
pub(super) async fn show(view: View) -> Response {
    let page = view.page_asked();
    let store = view.app.store();
    let (total, shown) = newest_callbacks(&store, None, page);
    let dropped = store.outbox().dropped();
    let content = html! {
        div.title {
            h1 { "Callbacks" }
            p.soft {
                "Sent to the merchant, newest first."
                @if dropped > 0 { " " (dropped) " older callbacks are no longer kept." }
            }
        }
        @if shown.is_empty() {
            p.empty {
                @if total == 0 { (none(&store)) }
                @else { "No callbacks on this page. " a href="/_sbx/callbacks" { "Show all callbacks" } }
            }
        } @else {
            ol.rows.callbacks {
                @for delivery in shown { li { (row(&view, &store, delivery)) } }
            }
            (pages("/_sbx/callbacks", page, total))
        }
    };
    view.page(Tab::Callbacks, "Callbacks", &content)
}

fn row(view: &View, store: &Store, delivery: &Delivery) -> Markup {
    let now = view.app.now();
    html! {
        div.row.entry.wrong[delivery.state == DeliveryState::GivenUp] {
            p.call {
                a href={ "/_sbx/callbacks/" (delivery.id) } {
                    span.hidden { "Callback " } span.id { "#" (delivery.id) } " " code { (delivery.event.wire_name()) }
                }
            }
            p.age { (age(delivery.created_at, now)) }
            p.status { (badge(delivery.state)) }
            p.note { (named(delivery.invoice, store.shown_reference(delivery.invoice))) span.soft { " · " (attempts(delivery)) }
                @if let Some(id) = store.outbox().waits_for(delivery) { span.soft { ", " } (waits_for(id)) }
                @if let Some(due) = delivery.due { span.soft { ", next attempt " (ahead(due, now)) } }
            }
        }
    }
}

/// The number of attempts and the last result, such as `2 attempts, last: HTTP 500`.
fn attempts(delivery: &Delivery) -> Markup {
    html! {
        @match (delivery.attempts.len(), delivery.attempts.last()) {
            (1, Some(last)) => { "1 attempt: " (last.result) },
            (count, Some(last)) => { (count) " attempts, last: " (last.result) },
            (_, None) => "no attempts yet",
        }
    }
}
