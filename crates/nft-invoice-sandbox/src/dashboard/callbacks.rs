use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

use super::after;
use super::moment::{ahead, instant};
use super::pretty::pretty;
use super::view::{View, action};
use crate::admin::replay as send_again;
use crate::delivery::{Delivery, DeliveryState};
use crate::redact::redact;
use crate::store::Store;

/// `POST /_sbx/deliveries/{id}/replay`
pub(super) async fn replay(view: View, Path(id): Path<String>) -> Response {
    let sent = send_again(&view.app, &id);
    after(&view, sent, |invoice| format!("/_sbx/invoices/{invoice}"))
}

/// The callbacks of an invoice, newest first.
pub(super) fn of(view: &View, store: &Store, invoice: u64) -> Markup {
    let all = store.outbox.deliveries().rev();
    let all: Vec<_> = all.filter(|delivery| delivery.invoice == invoice).collect();
    html! {
        section.panel {
            h2 { "Callbacks" }
            @if all.is_empty() {
                p.soft {
                    @if store.callbacks.url.is_some() { "None is kept." }
                    @else { "None: no callback URL is set. " a href="/_sbx/settings" { "Set one" } }
                }
            }
            @for (place, delivery) in all.iter().enumerate() { (one(view, delivery, place == 0)) }
        }
    }
}

fn one(view: &View, delivery: &Delivery, open: bool) -> Markup {
    let state = match delivery.state {
        DeliveryState::Waiting => "awaiting_approval",
        DeliveryState::Sending => "opened",
        DeliveryState::Delivered => "paid",
        DeliveryState::GivenUp => "failed",
    };
    let body = String::from_utf8_lossy(delivery.body());
    let path = format!("/_sbx/deliveries/{}/replay", delivery.id);
    html! {
        details.callback open[open] {
            summary {
                code { (delivery.event.wire()) }
                span class={ "badge " (state) } { (delivery.state) }
            }
            @if delivery.attempts.is_empty() { p.soft { "Not tried yet." } } @else {
                ol.attempts {
                    @for attempt in &delivery.attempts {
                        li { (attempt.result) span.soft { " · " (instant(attempt.at)) } }
                    }
                }
            }
            @if let Some(due) = delivery.due {
                p.soft { "Next attempt " (ahead(due, view.app.now())) ", " (instant(due)) }
            }
            pre tabindex="0" { code { (redact(&pretty(&body))) } }
            @if view.is_owner() {
                p.soft { "X-Signature" }
                pre tabindex="0" { code { (delivery.signature()) } }
            }
            @if delivery.state != DeliveryState::Sending { (action(view, &path, &[], "Send it again", "")) }
        }
    }
}
