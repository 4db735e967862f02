//! The rate limit that all processes share: tokens in one row, which come with the database's clock.

use std::time::Duration;

use super::session::{Fault, Session};

/// How many requests may be sent, and when the next one may.
pub(super) struct Granted {
    pub(super) count: usize,
    pub(super) next: Duration,
}

/// The most tokens that are kept: what a tenth of a second brings, so that the rate is also kept in short times.
fn kept(rate: f64) -> f64 {
    (rate / 10.0).max(1.0)
}

/// How many of `wanted` requests can be permitted at once.
pub(super) fn most(rate: Option<f64>, wanted: usize) -> usize {
    rate.map_or(wanted, |rate| wanted.min(kept(rate) as usize))
}

/// Takes up to `wanted` tokens. The row stays locked until the claims that they are for are stored.
pub(super) async fn take(session: &Session, rate: f64, wanted: usize) -> Result<Granted, Fault> {
    // `now()` is the same everywhere in the statement. It can lie before the last time at which tokens were counted,
    // because the row was locked until then.
    const TOKENS: &str =
        "least($2, tokens + greatest(0, extract(epoch from now() - counted)::float8) * $1)";
    let update = format!(
        "UPDATE nft_invoice_rate SET
             granted = least($3, floor({TOKENS})),
             tokens = {TOKENS} - least($3, floor({TOKENS})),
             counted = greatest(counted, now())
         RETURNING granted, tokens"
    );
    let most = i32::try_from(wanted).unwrap_or(i32::MAX);
    let row = session
        .one(&update, &[&rate, &kept(rate), &f64::from(most)])
        .await?;
    let (granted, tokens): (i64, f64) = (row.get(0), row.get(1));
    Ok(Granted {
        count: usize::try_from(granted).unwrap_or(0),
        next: Duration::from_secs_f64(((1.0 - tokens) / rate).clamp(0.001, 60.0)),
    })
}
