use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::Input;
use crate::admin::problem::{Answer, Problem};
use crate::app::App;
use crate::http::ok;
use crate::store::{Activity, AdvanceError};
use crate::text::Span;

/// `GET /clock`
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    Ok(ok(&reading(&app)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    by: String,
}

/// `POST /clock/advance`: responds when everything due has happened.
pub(super) async fn advance(
    State(app): State<Arc<App>>,
    Input(Advance { by }): Input<Advance>,
) -> Answer {
    let happened = move_by(&app, &by).await?;
    let shown = &happened[..happened.len().min(LIMIT)];
    Ok(ok(&json!({
        "now": app.now(),
        "happened": shown,
        "omitted": happened.len() - shown.len(),
    })))
}

/// The largest number of events in a response.
const LIMIT: usize = 10_000;

/// Advances the clock by a duration such as `14d`, and returns the events.
pub(crate) async fn move_by(app: &App, by: &str) -> Result<Vec<Activity>, Problem> {
    let span = Span::read(by.trim()).ok_or_else(|| {
        Problem::field(
            "by",
            "expected a duration such as 250ms, 90s, 10m, 1h or 14d, at most 366d",
        )
    })?;
    let happened = app.advance(span.duration()).await;
    happened.map_err(|why| match why {
        AdvanceError::WriteError(error) => Problem::from(error),
        end @ AdvanceError::EndOfTime => Problem::field("by", end),
    })
}

pub(super) fn reading(app: &App) -> Value {
    json!({ "now": app.now(), "frozen": app.clock.is_frozen() })
}
