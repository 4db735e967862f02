use axum::extract::Path;
use maud::{Markup, html};

use super::invoices::named;
use super::moment::{age, ahead, instant};
use super::pretty::pretty;
use super::to;
use super::view::{Tab, View, action};
use crate::admin::Answer;
use crate::admin::{find_callback, replay as send_again};
use crate::callback::delivery::{Delivery, DeliveryState};
use crate::store::Store;
use crate::text::redact::redact;

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
                div { dt { "Invoice" } dd { (named(delivery.invoice, store.shown_reference(delivery.invoice))) } }
                div { dt { "Created" } dd {
                    (instant(delivery.created_at)) span.soft { " · " (age(delivery.created_at, view.app.now())) }
                } }
            }
            h2 { "Attempts" }
            (details(&view, &store, delivery))
        }
    };
    Ok(view.page(Tab::Callbacks, &title, &content))
}

/// `POST /_sbx/callbacks/{id}/replay`
pub(super) async fn replay(view: View, Path(id): Path<String>) -> Answer {
    let id = send_again(&view.app, &id)?;
    Ok(to(&format!("/_sbx/callbacks/{id}")))
}

/// The panel with an invoice's callbacks, newest first.
pub(super) fn of(view: &View, store: &Store, invoice: u64) -> Markup {
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
pub(super) fn none(store: &Store) -> Markup {
    html! {
        @if store.callbacks().url.is_some() { "No callbacks." }
        @else { "No callback URL is set. " a href="/_sbx/settings" { "Set a callback URL" } }
    }
}

/// Which callback blocks another.
pub(super) fn waits_for(id: u64) -> Markup {
    html! { a href={ "/_sbx/callbacks/" (id) } { "waits for callback " (id) } }
}

pub(super) fn badge(state: DeliveryState) -> Markup {
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
        @if delivery.state != DeliveryState::Sending { (action(view, &path, &[], "Resend", "")) }
    }
}
