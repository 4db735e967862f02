use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::input::Input;
use crate::admin::problem::Answer;
use crate::app::App;
use crate::http::ok;

/// `GET /faults`
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    Ok(rules(&app))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    plan: String,
}

/// `PUT /faults`; an invalid plan leaves the active one in place.
pub(super) async fn replace(
    State(app): State<Arc<App>>,
    Input(Replacement { plan }): Input<Replacement>,
) -> Answer {
    app.faults.replace(plan.parse()?);
    Ok(rules(&app))
}

fn rules(app: &App) -> Response {
    ok(&json!({ "rules": app.faults.rules() }))
}
