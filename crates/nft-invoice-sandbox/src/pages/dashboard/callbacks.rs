use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

use super::link::{invoice_link, pages};
use super::moment::{age, ahead, instant};
use super::pretty::pretty;
use super::view::View;
use crate::admin::{Answer, find_callback, newest_callbacks, replay as send_again};
use crate::callback::{Delivery, DeliveryState};
use crate::http::see_other;
use crate::store::Store;
use crate::text::redact;

/// `GET /_sbx/callbacks`: the callbacks of all invoices, newest first.
pub(super) async fn list(view: View) -> Response {
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
    view.page("/_sbx/callbacks", "Callbacks", &content)
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
            p.note { (invoice_link(delivery.invoice, store.shown_reference(delivery.invoice).as_deref())) span.soft { " · " (attempts(delivery)) }
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

/// `GET /_sbx/callbacks/{id}`
pub(super) async fn show(view: View, Path(id): Path<String>) -> Answer {
    let store = view.app.store();
    let delivery = find_callback(&store, &id)?;
    let title = format!("Callback {}", delivery.id);
    let content = html! {
        p.trail { a href="/_sbx/callbacks" { "Callbacks" } }
        div.title { h1 { (title) } (badge(delivery.state)) }
        section.panel {
            dl.facts {
                div { dt { "Status" } dd { code { (delivery.event.wire_name()) } } }
                div { dt { "Invoice" } dd { (invoice_link(delivery.invoice, store.shown_reference(delivery.invoice).as_deref())) } }
                div { dt { "Created" } dd {
                    (instant(delivery.created_at)) span.soft { " · " (age(delivery.created_at, view.app.now())) }
                } }
            }
            h2 { "Attempts" }
            (details(&view, &store, delivery))
        }
    };
    Ok(view.page("/_sbx/callbacks", &title, &content))
}

/// `POST /_sbx/callbacks/{id}/replay`
pub(super) async fn replay(view: View, Path(id): Path<String>) -> Answer {
    let id = send_again(&view.app, &id)?;
    Ok(see_other(&format!("/_sbx/callbacks/{id}")))
}

/// The panel with an invoice's callbacks, newest first.
pub(super) fn of_invoice(view: &View, store: &Store, invoice: u64) -> Markup {
    let all = store.outbox().deliveries().rev();
    let all: Vec<_> = all.filter(|delivery| delivery.invoice == invoice).collect();
    html! {
        section.panel {
            h2 { "Callbacks" }
            @if all.is_empty() { p.soft { (none(store)) } }
            @for (place, delivery) in all.into_iter().enumerate() {
                details.callback open[place == 0] {
                    summary { code { (delivery.event.wire_name()) } (badge(delivery.state)) }
                    (details(view, store, delivery))
                }
            }
        }
    }
}

/// The text for an empty list.
fn none(store: &Store) -> Markup {
    html! {
        @if store.callbacks.url.is_some() { "No callbacks." }
        @else { "No callback URL is set. " a href="/_sbx/settings" { "Set a callback URL" } }
    }
}

/// Which callback blocks another.
fn waits_for(id: u64) -> Markup {
    html! { a href={ "/_sbx/callbacks/" (id) } { "waits for callback " (id) } }
}

fn badge(state: DeliveryState) -> Markup {
    let class = match state {
        DeliveryState::Waiting => "awaiting_approval",
        DeliveryState::Sending => "opened",
        DeliveryState::Delivered => "paid",
        DeliveryState::GivenUp => "failed",
    };
    html! { span class={ "badge " (class) } { (state) } }
}

fn details(view: &View, store: &Store, delivery: &Delivery) -> Markup {
    let body = String::from_utf8_lossy(delivery.body());
    let path = format!("/_sbx/callbacks/{}/replay", delivery.id);
    html! {
        @if delivery.attempts.is_empty() { p.soft { "No attempts yet." } } @else {
            ol.attempts {
                @for attempt in &delivery.attempts {
                    li.sentence { (attempt.result) span.soft { " · " (instant(attempt.at)) } }
                }
            }
        }
        @if let Some(id) = store.outbox().waits_for(delivery) { p.sentence { (waits_for(id)) "." } }
        @if let Some(due) = delivery.due {
            p.soft { "Next attempt " (ahead(due, view.app.now())) ", " (instant(due)) "." }
        }
        pre tabindex="0" { code { (redact(&pretty(&body))) } }
        @if view.is_owner() {
            p.soft { "X-Signature" }
            pre tabindex="0" { code { (delivery.signature()) } }
        }
        @if delivery.state != DeliveryState::Sending { (view.action(&path, &[], "Resend", "")) }
    }
}
