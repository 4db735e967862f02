use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::input::Input;
use crate::admin::problem::{Answer, Problem};
use crate::app::App;
use crate::http::ok;
use crate::payment::Outcome;

/// `GET /outcomes`: the queued outcomes.
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    waiting(&app)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Addition {
    outcome: String,
}

/// `POST /outcomes`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Input(Addition { outcome }): Input<Addition>,
) -> Answer {
    script(&app, &outcome)?;
    waiting(&app)
}

/// `DELETE /outcomes`
pub(super) async fn forget(State(app): State<Arc<App>>) -> Answer {
    app.store().queue.clear();
    waiting(&app)
}

/// Adds an outcome such as `FUNDS` to the end of the queue.
pub(crate) fn script(app: &App, word: &str) -> Result<(), Problem> {
    let outcome = str::parse::<Outcome>(word.trim());
    let outcome = outcome.map_err(|unknown| Problem::field("outcome", unknown))?;
    app.store().queue.push_back(outcome);
    Ok(())
}

fn waiting(app: &App) -> Answer {
    let store = app.store();
    let words: Vec<_> = store.queue.iter().map(ToString::to_string).collect();
    Ok(ok(&json!({ "waiting": words })))
}
