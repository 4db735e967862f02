use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Value, json};

use super::input::{Input, NoFields, Parameters};
use super::paging::Page;
use crate::admin::access::Visitor;
use crate::admin::problem::{Answer, Problem};
use crate::app::App;
use crate::callback::{Delivery, DeliveryState};
use crate::http::ok;
use crate::store::Store;
use crate::text::redact;

/// `GET /deliveries?invoice=1&page=1`, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    mut parameters: Parameters,
) -> Answer {
    let of = parameters.invoice()?;
    let page = parameters.page()?;
    parameters.finish("invoice and page")?;
    let store = app.store();
    let (total, shown) = newest(&store, of, page);
    let shown = shown
        .into_iter()
        .map(|delivery| view(&store, delivery, visitor));
    Ok(ok(&json!({
        "total": total,
        "dropped": store.outbox().dropped(),
        "page": page.number(),
        "deliveries": shown.collect::<Vec<_>>(),
    })))
}

/// `POST /deliveries/{id}/replay`
pub(super) async fn replay_one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    _: Input<NoFields>,
) -> Answer {
    replay(&app, &id)?;
    Ok(ok(&json!({ "replayed": 1 })))
}

/// The callbacks to replay: those from one number to another, or those that have failed since a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Selection {
    from: Option<u64>,
    to: Option<u64>,
    #[serde(default, deserialize_with = "time")]
    failed_since: Option<Timestamp>,
}

/// `POST /deliveries/replay`
pub(super) async fn replay_many(
    State(app): State<Arc<App>>,
    Input(selection): Input<Selection>,
) -> Answer {
    let mut store = app.store();
    let all = store.outbox().deliveries();
    let ids: Vec<u64> = match (selection.from, selection.to, selection.failed_since) {
        (None, None, Some(since)) => {
            let failed = all.filter(|delivery| has_failed(delivery, since));
            failed.map(|delivery| delivery.id).collect()
        }
        (Some(from), Some(to), None) => {
            let meant = all.filter(|delivery| (from..=to).contains(&delivery.id));
            meant.map(|delivery| delivery.id).collect()
        }
        (_, _, Some(_)) => {
            let wrong = "send either this field, or `from` and `to`";
            return Err(Problem::field("failed_since", wrong));
        }
        (from, _, None) => {
            let name = if from.is_none() { "from" } else { "to" };
            return Err(Problem::field(name, "this field is required"));
        }
    };
    let replayed = store.replay(ids, app.now())?;
    Ok(ok(&json!({ "replayed": replayed })))
}

/// Sends a callback again, unless it is being sent, and returns its number.
pub(crate) fn replay(app: &App, id: &str) -> Result<u64, Problem> {
    let mut store = app.store();
    let id = find(&store, id)?.id;
    match store.replay([id], app.now())? {
        0 => Err(Problem::new(
            StatusCode::CONFLICT,
            "the callback is being sent; retry when the attempt has finished",
        )),
        _ => Ok(id),
    }
}

/// The number of callbacks of one invoice or of all, and those on a page, newest first.
pub(crate) fn newest(store: &Store, invoice: Option<u64>, page: Page) -> (usize, Vec<&Delivery>) {
    let meant = |delivery: &&Delivery| invoice.is_none_or(|id| delivery.invoice == id);
    page.of(store.outbox().deliveries().rev().filter(meant))
}

pub(crate) fn find<'a>(store: &'a Store, id: &str) -> Result<&'a Delivery, Problem> {
    let found = id.parse().ok().and_then(|id| store.outbox().get(id));
    found.ok_or_else(|| Problem::not_found("callback not found"))
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let time = text.map(|text| text.parse()).transpose();
    time.map_err(|_| D::Error::custom("expected a UTC time such as 2025-01-01T00:00:00Z"))
}

/// Whether the last attempt failed at `since` or later.
fn has_failed(delivery: &Delivery, since: Timestamp) -> bool {
    let last = delivery.attempts.last();
    delivery.state != DeliveryState::Delivered
        && last.is_some_and(|last| last.at >= since && !last.result.is_success())
}

fn view(store: &Store, delivery: &Delivery, visitor: Visitor) -> Value {
    let attempts = delivery
        .attempts
        .iter()
        .map(|attempt| json!({ "at": attempt.at, "result": attempt.result.to_string() }));
    let mut view = json!({
        "id": delivery.id,
        "invoice": delivery.invoice,
        "reference": store.shown_reference(delivery.invoice),
        "status": delivery.event.wire_name(),
        "state": delivery.state.to_string(),
        "created_at": delivery.created_at,
        "body": redact(&String::from_utf8_lossy(delivery.body())),
        "attempts": attempts.collect::<Vec<_>>(),
        "due": delivery.due,
        "waits_for": store.outbox().waits_for(delivery),
    });
    if visitor == Visitor::Owner {
        view["signature"] = delivery.signature().into();
    }
    view
}
