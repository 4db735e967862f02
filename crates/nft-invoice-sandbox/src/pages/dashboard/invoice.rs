use axum::extract::Form;
use axum::extract::Path;
use maud::{Markup, html};

use super::invoices::{badge, name};
use super::moment::{age, ahead, instant};
use super::pretty::pretty;
use super::view::{Fields, View, field};
use super::{callbacks, requests};
use crate::admin::{Answer, Problem, find, move_invoice};
use crate::http::see_other;
use crate::pages::nft::Nft;
use crate::payment::{Invoice, InvoiceEvent, InvoiceState, Mode, brand_name};
use crate::store::{Activity, Store};
use crate::text::redact;

/// `GET /_sbx/invoices/{id}`
pub(super) async fn show(view: View, Path(id): Path<String>) -> Answer {
    let store = view.app.store();
    let invoice = find(&store, &id)?;
    let content = html! {
        p.trail { a href="/_sbx" { "Invoices" } }
        div.title {
            h1 { "Invoice " (invoice.id) }
            (badge(invoice.state))
            @if invoice.is_challenged() { span.badge.opened { "3-D Secure challenge pending" } }
        }
        p.sum { (invoice.order.price()) }
        div.columns {
            div {
                (what_next(&view, &store, invoice))
                (callbacks::of_invoice(&view, &store, invoice.id))
            }
            div {
                (facts(&view, &store, invoice))
                (time_line(&view, &store, invoice))
                (requests::of_invoice(&store, invoice.id))
            }
        }
    };
    let title = format!("Invoice {}", invoice.id);
    Ok(view.page("/_sbx", &title, &content))
}

/// `POST /_sbx/invoices/{id}/transitions`
pub(super) async fn transition(view: View, Path(id): Path<String>, Form(fields): Fields) -> Answer {
    let state = InvoiceState::read(field(&fields, "to"));
    let state = state.ok_or_else(|| Problem::invalid("Select a status."))?;
    let force = field(&fields, "force") == "yes";
    let invoice = move_invoice(&view.app, &id, state, force)?;
    Ok(see_other(&format!("/_sbx/invoices/{}", invoice.id)))
}

fn what_next(view: &View, store: &Store, invoice: &Invoice) -> Markup {
    let allowed = store.ledger().allowed(invoice);
    let path = format!("/_sbx/invoices/{}/transitions", invoice.id);
    html! {
        section.panel {
            h2 { @if view.is_owner() { "Change status" } @else { "Allowed next statuses" } }
            @if allowed.is_empty() {
                p.soft { (name(invoice.state)) " is a final status." }
            } @else if view.is_owner() {
                p.soft { "Each change sends the callback that the gateway would send." }
                div.buttons {
                    @for state in allowed {
                        (view.action(&path, &[("to", state.word())], &name(*state), &format!("move {}", state.word())))
                    }
                }
            } @else {
                p { @for state in allowed { (badge(*state)) " " } }
            }
            @if invoice.state.is_open() && view.is_owner() {
                p { a.button.primary href=(view.base_url.checkout(invoice.order.token)) { "Open the payment page" } }
            }
            @if view.is_owner() { (force(invoice, &path)) }
        }
    }
}

fn force(invoice: &Invoice, path: &str) -> Markup {
    let others = InvoiceState::FORCED
        .iter()
        .filter(|state| **state != invoice.state);
    html! {
        details {
            summary { "Force any status" }
            p.soft { "Sets a status that the gateway would not allow here. The callback is still sent." }
            form.line method="post" action=(path) {
                input type="hidden" name="force" value="yes";
                label for="to" { "Status" }
                select #to name="to" {
                    @for state in others { option value=(state.word()) { (name(*state)) } }
                }
                button.button type="submit" { "Force" }
            }
        }
    }
}

fn facts(view: &View, store: &Store, invoice: &Invoice) -> Markup {
    let order = &invoice.order;
    let now = view.app.now();
    let nft = Nft::of(order);
    let upcoming = store.ledger().upcoming(invoice);
    html! {
        section.panel {
            h2 { "Details" }
            dl.facts {
                @if let Some(reference) = order.shown_reference() { div { dt { "Reference" } dd { code { (reference) } } } }
                div { dt { "Customer" } dd { (redact(invoice.email())) } }
                div { dt { "Mode" } dd { @match invoice.mode() { Mode::Hosted => "Hosted page", Mode::S2s => "Server to server" } } }
                div { dt { "Merchant number" } dd { (order.merchant + 1) } }
                @if let Some(card) = &invoice.card { div { dt { "Card" } dd { (brand_name(card.brand())) " " code { (card.masked()) } } } }
                @if let Some(reason) = invoice.failure_reason { div { dt { "Failure reason" } dd.sentence { (reason) } } }
                div { dt { "Created" } dd { (instant(invoice.created_at)) span.soft { " · " (age(invoice.created_at, now)) } } }
                @if let Some((at, charge)) = upcoming {
                    div { dt { "Next scheduled" } dd { (name(charge.to)) span.soft { " · " (ahead(at, now)) ", " (instant(at)) } } }
                }
                @if let Some(name) = &nft.name { div { dt { "NFT" } dd { (redact(name)) } } }
                @if let Some(text) = &nft.description { div { dt { "Description" } dd.text { (redact(text)) } } }
                @if !nft.images.is_empty() { div { dt { "Images" } dd.text { (redact(&nft.images.join("\n"))) } } }
            }
            @if let Some(json) = order.nft_metadata.as_deref() {
                details {
                    summary { "ipfsMetadata" }
                    pre tabindex="0" { code { (redact(&pretty(json))) } }
                }
            }
            @if let Some(json) = invoice.callback_json() {
                details {
                    summary { "callbackJson" }
                    pre tabindex="0" { code { (redact(&pretty(json))) } }
                }
            }
        }
    }
}

fn time_line(view: &View, store: &Store, invoice: &Invoice) -> Markup {
    html! {
        section.panel {
            h2 { "Timeline" }
            ol.events {
                @for event in store.ledger().events(invoice.id) {
                    @let what = Activity::Invoice(InvoiceEvent::new(&event, None));
                    li class=(event.state.word()) {
                        p { (what.description()) }
                        p.soft { time datetime=(event.at) { (instant(event.at)) } " · " (age(event.at, view.app.now())) }
                    }
                }
            }
        }
    }
}
