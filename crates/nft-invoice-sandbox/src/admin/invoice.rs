use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use serde_json::{Value, json};

use super::input::{Input, required};
use super::paging::Page;
use super::{Answer, ok};
use crate::app::{App, BaseUrl};
use crate::card::TestCard;
use crate::gate::Visitor;
use crate::headless::Checkout;
use crate::invoice::Invoice;
use crate::problem::Problem;
use crate::reason::Reason;
use crate::redact::redact;
use crate::routes::Parameters;
use crate::state::{InvoiceState, Mode};
use crate::store::Store;

/// `GET /invoices?status=paid&page=1`, newest first.
pub(super) async fn list(State(app): State<Arc<App>>, Query(query): Parameters) -> Answer {
    let state = match query.get("status").map(|text| text.trim()) {
        None | Some("") => None,
        Some(text) => Some(state("status", text)?),
    };
    let page = Page::asked(&query)?;
    let store = app.store();
    let (total, shown) = newest(&store, state, page);
    let invoices: Vec<Value> = shown.into_iter().map(view).collect();
    Ok(ok(&json!({
        "total": total,
        "dropped": store.ledger().forgotten(),
        "page": page.number(),
        "invoices": invoices,
    })))
}

/// `GET /invoices/{id}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(base_url): Extension<BaseUrl>,
    Path(id): Path<String>,
) -> Answer {
    let store = app.store();
    let invoice = find(&store, &id)?;
    let events = store.ledger().events(invoice.id).map(|event| {
        json!({ "at": event.at(), "status": event.state().to_string(), "text": event.to_string() })
    });
    let allowed = store
        .ledger()
        .allowed(invoice)
        .iter()
        .map(ToString::to_string);
    let mut shown = view(invoice);
    shown["events"] = events.collect();
    shown["allowed"] = allowed.collect();
    if visitor == Visitor::Owner {
        shown["checkout_url"] = base_url.checkout(invoice.order.token).into();
    }
    Ok(ok(&shown))
}

/// `POST /invoices/{id}/transitions`
pub(super) async fn transitions(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut input = Input::parse(&body)?;
    let to = required("to", input.text("to")?)?;
    let force = input.flag("force")?.unwrap_or(false);
    input.finish()?;
    let invoice = transition(&app, &id, state("to", &to)?, force)?;
    Ok(ok(&view(&invoice)))
}

/// `POST /trigger`
pub(super) async fn trigger(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut input = Input::parse(&body)?;
    let event = required("event", input.text("event")?)?;
    let id = required("invoice", input.number("invoice")?)?;
    let force = input.flag("force")?.unwrap_or(false);
    input.finish()?;
    let invoice = transition(&app, &id.to_string(), state("event", &event)?, force)?;
    Ok(ok(&view(&invoice)))
}

/// `POST /invoices/{id}/checkout`: takes an action of the payment page.
pub(super) async fn checkout(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut input = Input::parse(&body)?;
    let action = required("action", input.text("action")?)?;
    let card = input.text("card")?;
    input.finish()?;
    let card = match card {
        None => TestCard::PAID,
        Some(_) if action != "pay" => {
            return Err(Problem::field("card", "only allowed with the action `pay`"));
        }
        Some(number) => *TestCard::find(&number)
            .ok_or_else(|| Problem::field("card", "not a test card; see GET /_sbx/api/cards"))?,
    };
    let id = find(&app.store(), &id)?.id;
    let checkout = Checkout::new(Arc::clone(&app), id);
    let step = match action.as_str() {
        "pay" => checkout.pay(card),
        "decline" => checkout.decline(),
        "pending" => checkout.pending(),
        "cancel" => checkout.cancel(),
        "complete" => checkout.complete(),
        "fail" => checkout.fail(),
        _ => {
            let known = "expected pay, decline, pending, cancel, complete or fail";
            return Err(Problem::field("action", known));
        }
    };
    let status = step.await.map_err(|wrong| {
        let store = app.store();
        let Some(invoice) = store.ledger().get(id) else {
            return Problem::NotFound(wrong.to_string());
        };
        Problem::State {
            error: wrong.to_string(),
            from: invoice.state,
            allowed: store.ledger().allowed(invoice),
        }
    })?;
    Ok(ok(&json!({
        "status": status.state.to_string(),
        "challenged": status.challenged,
        "url": status.url,
    })))
}

/// Changes an invoice's status as the state table allows or, if forced, to any status but CREATED.
pub(crate) fn transition(
    app: &App,
    id: &str,
    to: InvoiceState,
    force: bool,
) -> Result<Invoice, Problem> {
    let mut store = app.store();
    let invoice = find(&store, id)?.clone();
    Ok(store.transition(app.now(), &invoice, to, force)?)
}

/// The number of invoices in `state`, and those on a page, newest first.
pub(crate) fn newest(
    store: &Store,
    state: Option<InvoiceState>,
    page: Page,
) -> (usize, Vec<&Invoice>) {
    let meant = |invoice: &&Invoice| state.is_none_or(|state| invoice.state == state);
    page.of(store.ledger().invoices().rev().filter(meant))
}

pub(crate) fn find<'a>(store: &'a Store, id: &str) -> Result<&'a Invoice, Problem> {
    let found = id.parse().ok().and_then(|id| store.ledger().get(id));
    found.ok_or_else(|| Problem::NotFound("invoice not found".to_owned()))
}

fn state(name: &str, text: &str) -> Result<InvoiceState, Problem> {
    InvoiceState::read(text)
        .ok_or_else(|| Problem::field(name, "expected a status such as paid or invoice:paid"))
}

fn view(invoice: &Invoice) -> Value {
    let card = invoice
        .card()
        .map(|card| json!({ "brand": card.brand(), "masked": card.masked() }));
    json!({
        "id": invoice.id,
        "status": invoice.state.to_string(),
        "mode": match invoice.mode() { Mode::Hosted => "hosted", Mode::S2s => "s2s" },
        "amount": invoice.amount(),
        "currency": redact(invoice.currency()),
        "email": redact(invoice.email()),
        "merchant": invoice.order.merchant + 1,
        "created_at": invoice.created_at.to_string(),
        "changed_at": invoice.changed_at.to_string(),
        "card": card,
        "reason": invoice.reason.map(Reason::as_str),
        "challenged": invoice.is_challenged(),
        "callback_json": invoice.callback_json().map(redact),
    })
}
