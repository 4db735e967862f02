use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Value, json};

use super::input::{Input, Parameters};
use super::paging::Page;
use crate::admin::access::Visitor;
use crate::admin::problem::{Answer, Problem};
use crate::app::{App, BaseUrl};
use crate::checkout::{Action, NotTaken, TransitionError, press};
use crate::http::ok;
use crate::payment::{Invoice, InvoiceEvent, InvoiceState, Reason, TestCard, Token};
use crate::store::Store;
use crate::text::redact;

/// `GET /invoices?reference=…&email=…&token=…&status=paid&page=1`, newest first. Neither the journal nor the response
/// contains the token.
pub(super) async fn list(State(app): State<Arc<App>>, mut parameters: Parameters) -> Answer {
    let token = parameters.take("token", |text| {
        Token::in_text(text).ok_or("expected the 64 hex digits of a payment page's URL, or the URL")
    })?;
    let status = parameters.take("status", |text| {
        InvoiceState::read(text).ok_or(STATUS_EXPECTED)
    })?;
    let reference = parameters.text("reference")?;
    let email = parameters.text("email")?;
    let page = parameters.page()?;
    parameters.finish("reference, email, token, status and page")?;
    let store = app.store();
    let (total, shown) = newest(&store, page, |invoice| {
        (reference.is_none() || invoice.reference() == reference.as_deref())
            && email.as_ref().is_none_or(|email| invoice.has_email(email))
            && token.is_none_or(|token| invoice.order.token == token)
            && status.is_none_or(|status| invoice.state == status)
    });
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
        let text = InvoiceEvent::new(&event, None).to_string();
        json!({ "at": event.at, "status": event.state.to_string(), "text": text })
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transition {
    #[serde(deserialize_with = "status")]
    to: InvoiceState,
    #[serde(default)]
    force: bool,
}

/// `POST /invoices/{id}/transitions`
pub(super) async fn transitions(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Input(Transition { to, force }): Input<Transition>,
) -> Answer {
    Ok(ok(&view(&transition(&app, &id, to, force)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    #[serde(deserialize_with = "status")]
    event: InvoiceState,
    invoice: u64,
    #[serde(default)]
    force: bool,
}

/// `POST /trigger`
pub(super) async fn trigger(State(app): State<Arc<App>>, Input(asked): Input<Trigger>) -> Answer {
    let id = asked.invoice.to_string();
    Ok(ok(&view(&transition(&app, &id, asked.event, asked.force)?)))
}

/// An action of the payment page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    action: Action,
    /// Only for `pay`.
    card: Option<String>,
}

/// `POST /invoices/{id}/checkout`
pub(super) async fn checkout(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Input(Press { action, card }): Input<Press>,
) -> Answer {
    let card = match card {
        None => TestCard::PAID,
        Some(_) if action != Action::Pay => {
            return Err(Problem::field("card", "only allowed with the action `pay`"));
        }
        Some(number) => *TestCard::find(&number)
            .ok_or_else(|| Problem::field("card", "not a test card; see GET /_sbx/api/cards"))?,
    };
    let mut store = app.store();
    let invoice = find(&store, &id)?.clone();
    let status = match press(&app, &mut store, invoice, action, card) {
        Ok(status) => status,
        Err(NotTaken::NotChanged(why)) => return Err(why.into()),
        Err(wrong) => {
            let invoice = find(&store, &id)?;
            let allowed = store.ledger().allowed(invoice);
            let why = TransitionError::from(wrong);
            return Err(Problem::not_allowed(why, invoice.state, allowed));
        }
    };
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

/// The number of invoices that match, and those on a page, newest first, in one pass over all.
pub(crate) fn newest(
    store: &Store,
    page: Page,
    matches: impl Fn(&Invoice) -> bool,
) -> (usize, Vec<&Invoice>) {
    let all = store.ledger().invoices().rev();
    page.of(all.filter(|invoice| matches(invoice)))
}

pub(crate) fn find<'a>(store: &'a Store, id: &str) -> Result<&'a Invoice, Problem> {
    let found = id.parse().ok().and_then(|id| store.ledger().get(id));
    found.ok_or_else(|| Problem::not_found("invoice not found"))
}

const STATUS_EXPECTED: &str = "expected a status such as paid or invoice:paid";

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<InvoiceState, D::Error> {
    let text = String::deserialize(deserializer)?;
    InvoiceState::read(&text).ok_or_else(|| D::Error::custom(STATUS_EXPECTED))
}

fn view(invoice: &Invoice) -> Value {
    let card = invoice
        .card
        .as_ref()
        .map(|card| json!({ "brand": card.brand(), "masked": card.masked() }));
    json!({
        "id": invoice.id,
        "status": invoice.state.to_string(),
        "mode": invoice.mode().word(),
        "amount": invoice.amount(),
        "currency": invoice.currency(),
        "email": redact(invoice.email()),
        "reference": invoice.order.shown_reference(),
        "merchant": invoice.order.merchant + 1,
        "created_at": invoice.created_at,
        "changed_at": invoice.changed_at,
        "card": card,
        "reason": invoice.failure_reason.map(Reason::as_str),
        "challenged": invoice.is_challenged(),
        "callback_json": invoice.callback_json().map(redact),
    })
}
