use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use super::input::Parameters;
use crate::admin::problem::Answer;
use crate::app::App;
use crate::gateway::Route;
use crate::http::ok;
use crate::store::{RequestOutcome, RequestRecord};

/// `GET /requests?route=create&outcome=rejected&invoice=1`, newest first.
pub(super) async fn list(State(app): State<Arc<App>>, mut parameters: Parameters) -> Answer {
    let route = parameters.take("route", str::parse::<Route>)?;
    let outcome = parameters.take("outcome", str::parse::<RequestOutcome>)?;
    let invoice = parameters.invoice()?;
    parameters.finish("route, outcome and invoice")?;
    let store = app.store();
    let matches = |record: &&RequestRecord| {
        route.is_none_or(|route| record.route == route)
            && outcome.is_none_or(|outcome| record.has_outcome(outcome))
            && (invoice.is_none() || record.invoice == invoice)
    };
    let found = store.journal.records().rev().filter(matches);
    let list: Vec<Value> = found.map(request).collect();
    Ok(ok(
        &json!({ "dropped": store.journal.dropped(), "requests": list }),
    ))
}

/// The request as in the event stream, where it has a kind beside.
fn request(record: &RequestRecord) -> Value {
    let mut view = json!(record);
    view["text"] = record.to_string().into();
    view
}
