use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use crate::admin::problem::Answer;
use crate::app::App;
use crate::assumption::Assumption;
use crate::http::ok;
use crate::payment::TestCard;

/// `GET /cards`
pub(super) async fn cards() -> Answer {
    let card = |card: &TestCard| {
        json!({
            "number": card.number,
            "brand": card.brand,
            "description": card.description(),
            "outcome": card.outcome.to_string(),
        })
    };
    let cards: Vec<Value> = TestCard::all().iter().map(card).collect();
    Ok(ok(&cards))
}

/// `GET /assumptions`
pub(super) async fn assumptions(State(app): State<Arc<App>>) -> Answer {
    let current = app.store().current_assumptions();
    let row = |(row, set): (&Assumption, &str)| {
        json!({
            "id": row.id,
            "default": row.default(),
            "options": row.options,
            "reason": row.reason,
            "set": set,
        })
    };
    let rows: Vec<Value> = current.options().map(row).collect();
    Ok(ok(&rows))
}
