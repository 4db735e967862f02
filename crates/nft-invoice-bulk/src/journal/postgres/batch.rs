use std::collections::HashMap;

use tokio_postgres::types::ToSql;

use super::super::{Change, Detail, Owner, RowEvent};
use super::Process;
use super::session::{Last, Mark, Session};
use crate::lifecycle::{Event, NotApplied, Progress, State};
use crate::planted::has_bug;

/// Rows that are locked, with what is to be written of them.
#[derive(Default)]
pub(super) struct Batch {
    rows: Vec<Locked>,
    /// The places of the rows, by their numbers.
    places: HashMap<i64, usize>,
    events: Vec<Happened>,
}

/// A row that is locked.
pub(super) struct Locked {
    pub(super) number: i64,
    pub(super) progress: Progress<Owner>,
    is_changed: bool,
    is_claimed: bool,
    link: Option<(String, Option<String>)>,
    status: Option<String>,
    clears_reason: bool,
    reason: Option<String>,
}

struct Happened {
    row: i64,
    event: &'static str,
    epoch: i64,
    state: &'static str,
    reason: Option<String>,
}

/// The database's time in milliseconds since 1970.
pub(super) const NOW_MS: &str = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

impl Batch {
    /// Adds a locked row, unless it is there; returns its place.
    pub(super) fn add(&mut self, number: i64, progress: Progress<Owner>) -> usize {
        if let Some(place) = self.places.get(&number) {
            return *place;
        }
        self.places.insert(number, self.rows.len());
        self.rows.push(Locked {
            number,
            progress,
            is_changed: false,
            is_claimed: false,
            link: None,
            status: None,
            clears_reason: false,
            reason: None,
        });
        self.rows.len() - 1
    }

    /// Applies `event` to the row at `place`.
    pub(super) fn apply(
        &mut self,
        place: usize,
        event: &RowEvent,
        detail: &Detail,
    ) -> Result<Progress<Owner>, NotApplied> {
        let row = &mut self.rows[place];
        row.progress.apply(event)?;
        let is_claim = matches!(event, Event::Claimed { .. });
        row.is_changed = true;
        row.is_claimed |= is_claim;
        if let Some(link) = detail.link_of(&row.progress, event) {
            row.link = Some(link.clone());
        }
        if let Some(status) = &detail.status {
            row.status = Some(status.as_str().to_owned());
        }
        if is_claim || row.progress.state == State::Accepted {
            row.clears_reason = true;
            row.reason = None;
        } else if detail.reason.is_some() {
            row.reason.clone_from(&detail.reason);
        }
        self.events.push(Happened {
            row: row.number,
            event: event.name(),
            epoch: row.progress.epoch.into(),
            state: row.progress.state.as_str(),
            reason: detail.reason.clone(),
        });
        Ok(row.progress.clone())
    }

    /// The numbers of the rows.
    pub(super) fn numbers(&self) -> Vec<i64> {
        self.rows.iter().map(|row| row.number).collect()
    }

    /// The number of the last row that was claimed; 0 if a row has come back, which is claimed before those after it.
    pub(super) fn last_claimed(&self) -> Option<i64> {
        let has_returned = |row: &Locked| row.is_changed && row.progress.state == State::Prepared;
        if self.rows.iter().any(has_returned) {
            return Some(0);
        }
        let claimed = self.rows.iter().rfind(|row| row.is_claimed);
        claimed.map(|row| row.number)
    }

    /// The state of the row at `place`.
    pub(super) fn state(&self, place: usize) -> State {
        self.rows[place].progress.state
    }

    /// Applies a change to the row at `place`.
    pub(super) fn change(
        &mut self,
        place: usize,
        change: &Change,
    ) -> Result<Progress<Owner>, NotApplied> {
        if has_bug("commit-after-send")
            && let Event::Ended { owner, outcome, .. } = &change.event
        {
            let (owner, outcome) = (owner.clone(), *outcome);
            let claimed = Event::Claimed {
                owner: owner.clone(),
            };
            let epoch = self.apply(place, &claimed, &Detail::default())?.epoch;
            let event = Event::Ended {
                epoch,
                owner,
                outcome,
            };
            return self.apply(place, &event, &change.detail);
        }
        if has_bug("set-without-epoch")
            && let Event::Ended { outcome, .. } = change.event
            && let Progress {
                epoch,
                owner: Some(owner),
                ..
            } = self.rows[place].progress.clone()
        {
            let event = Event::Ended {
                epoch,
                owner,
                outcome,
            };
            return self.apply(place, &event, &change.detail);
        }
        self.apply(place, &change.event, &change.detail)
    }

    /// Has the transaction end with writing the rows, the events, and the number of the last event as the process's mark.
    /// Claims are for its lease, by the database's clock. Returns whether there is anything to write.
    pub(super) fn finish(self, session: &Session, process: &Process) -> bool {
        const WRITE: &str = "
            WITH changed AS (
                UPDATE nft_invoice_row AS r SET
                    state = u.state, epoch = u.epoch, owner = u.owner, not_sent = u.not_sent,
                    unanswered = u.unanswered, link_epoch = u.link_epoch, is_released = u.is_released,
                    evidence = u.evidence,
                    sent_at = CASE WHEN u.is_claimed THEN (extract(epoch from clock_timestamp()) * 1000)::bigint
                              ELSE r.sent_at END,
                    lease_until = CASE WHEN u.is_claimed THEN clock_timestamp() + $17 * interval '1 second'
                                  ELSE r.lease_until END,
                    link = coalesce(u.link, r.link), html = coalesce(u.html, r.html),
                    status = coalesce(u.status, r.status),
                    reason = CASE WHEN u.clears_reason THEN u.reason ELSE coalesce(u.reason, r.reason) END,
                    invoice = CASE WHEN u.is_final THEN NULL ELSE r.invoice END,
                    data = CASE WHEN u.is_final THEN NULL ELSE r.data END
                FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
                            $7::bigint[], $8::boolean[], $9::text[], $10::boolean[], $11::text[], $12::text[],
                            $13::text[], $14::boolean[], $15::text[], $16::boolean[])
                    AS u(number, state, epoch, owner, not_sent, unanswered, link_epoch, is_released, evidence,
                         is_claimed, link, html, status, clears_reason, reason, is_final)
                WHERE r.number = u.number
            ), happened AS (
                INSERT INTO nft_invoice_event (at, row, event, epoch, state, reason)
                SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint, u.row, u.event, u.epoch, u.state, u.reason
                FROM unnest($18::bigint[], $19::text[], $20::bigint[], $21::text[], $22::text[]) WITH ORDINALITY
                    AS u(row, event, epoch, state, reason, place)
                ORDER BY u.place
                RETURNING number
            )
            INSERT INTO nft_invoice_mark SELECT $23, max(number) FROM happened
            ON CONFLICT (process) DO UPDATE SET number = EXCLUDED.number
            RETURNING number";
        let Self { rows, events, .. } = self;
        if events.is_empty() {
            return false;
        }
        let rows: Vec<_> = rows.into_iter().filter(|row| row.is_changed).collect();
        let parameters: Vec<Box<dyn ToSql + Sync + Send>> = vec![
            each(&rows, |row| row.number),
            each(&rows, |row| row.progress.state.as_str()),
            each(&rows, |row| i64::from(row.progress.epoch)),
            each(&rows, |row| {
                let owner = row.progress.owner.as_ref();
                owner.map(|owner| owner.as_str().to_owned())
            }),
            each(&rows, |row| i64::from(row.progress.not_sent)),
            each(&rows, |row| i64::from(row.progress.unanswered)),
            each(&rows, |row| row.progress.link.map(i64::from)),
            each(&rows, |row| row.progress.is_released),
            each(&rows, |row| {
                let evidence = &row.progress.evidence;
                let json = || serde_json::to_string(evidence).unwrap_or_default();
                (!evidence.is_empty()).then(json)
            }),
            each(&rows, |row| row.is_claimed),
            each(&rows, |row| row.link.as_ref().map(|(url, _)| url.clone())),
            each(&rows, |row| {
                row.link.as_ref().and_then(|(_, html)| html.clone())
            }),
            each(&rows, |row| row.status.clone()),
            each(&rows, |row| row.clears_reason),
            each(&rows, |row| row.reason.clone()),
            each(&rows, |row| row.progress.state.is_final()),
            Box::new(process.lease.as_secs_f64()),
            each(&events, |event| event.row),
            each(&events, |event| event.event),
            each(&events, |event| event.epoch),
            each(&events, |event| event.state),
            each(&events, |event| event.reason.clone()),
            Box::new(process.name.clone()),
        ];
        session.set_mark(Mark::Last(Last {
            sql: WRITE,
            parameters,
        }));
        true
    }
}

/// A column of `items`, as a parameter.
fn each<I, T>(items: &[I], column: impl Fn(&I) -> T) -> Box<dyn ToSql + Sync + Send>
where
    Vec<T>: ToSql + Sync + Send + 'static,
{
    Box::new(items.iter().map(column).collect::<Vec<T>>())
}
