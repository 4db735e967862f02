use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde_json::json;

use super::input::{Input, required};
use super::{Answer, ok};
use crate::admin::problem::Problem;
use crate::app::App;
use crate::payment::outcome::Outcome;

/// `GET /outcomes`: the queued outcomes.
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    waiting(&app)
}

/// `POST /outcomes`
pub(super) async fn add(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let mut input = Input::parse(&body)?;
    let word = required("outcome", input.text("outcome")?)?;
    input.finish()?;
    script(&app, &word)?;
    waiting(&app)
}

/// `DELETE /outcomes`
pub(super) async fn forget(State(app): State<Arc<App>>) -> Answer {
    app.store().clear_queue();
    waiting(&app)
}

/// Adds an outcome such as `FUNDS` to the end of the queue.
pub(crate) fn script(app: &App, word: &str) -> Result<(), Problem> {
    let outcome: Result<Outcome, _> = word.trim().parse();
    let outcome = outcome.map_err(|unknown| Problem::field("outcome", unknown))?;
    app.store().queue_outcome(outcome);
    Ok(())
}

fn waiting(app: &App) -> Answer {
    let store = app.store();
    let words: Vec<_> = store.queue().iter().map(ToString::to_string).collect();
    Ok(ok(&json!({ "waiting": words })))
}
