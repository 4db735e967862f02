use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use super::{Answer, ok};
use crate::app::App;
use crate::journal::RequestRecord;

/// `GET /requests`, newest first.
pub(super) async fn list(State(app): State<Arc<App>>) -> Answer {
    let requests = app.store().requests();
    let list: Vec<Value> = requests.iter().rev().map(request).collect();
    Ok(ok(
        &json!({ "dropped": requests.dropped(), "requests": list }),
    ))
}

pub(super) fn request(record: &RequestRecord) -> Value {
    json!({
        "text": record.to_string(),
        "route": record.route().to_string(),
        "method": record.method(),
        "status": record.http_status(),
        "error_code": record.error_code(),
        "body_error": record.body_error(),
        "fault": record.fault(),
        "at": record.at(),
    })
}
