//! The calls of the gateway.

pub(crate) mod create;
pub(crate) mod history;
pub(crate) mod read;

use std::collections::HashMap;

use axum::extract::Query;

/// The query parameters. If one is repeated, the last value counts.
pub(crate) type Parameters = Query<HashMap<String, String>>;
