use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::input::{Input, required};
use super::{Answer, ok};
use crate::admin::problem::Problem;
use crate::app::App;

/// `GET /faults`
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    Ok(rules(&app))
}

/// `PUT /faults`
pub(super) async fn replace(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut input = Input::parse(&body)?;
    let plan = required("plan", input.text("plan")?)?;
    input.finish()?;
    put(&app, &plan)?;
    Ok(rules(&app))
}

/// Replaces the plan; an invalid plan leaves the active one in place.
pub(crate) fn put(app: &App, plan: &str) -> Result<(), Problem> {
    app.faults.replace(plan.parse()?);
    Ok(())
}

fn rules(app: &App) -> axum::response::Response {
    let rule = |rule: &crate::fault::FaultRule| json!({ "text": rule.text(), "matched": rule.matched(), "fired": rule.fired() });
    let rules: Vec<Value> = app.faults.rules().iter().map(rule).collect();
    ok(&json!({ "rules": rules }))
}
