use nft_invoice::{Mode, Reference};
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::{Counts, Detail, JournalError, Owner, StoredRow, Timeline};
use super::sums;
use crate::lifecycle::{Event, Progress, State};

/// The columns that make a life cycle, in the order in which [`progress`] reads them.
pub(super) const PROGRESS: &str =
    "state, epoch, owner, not_sent, unanswered, link_epoch, is_released, evidence";

/// Reads a life cycle from the columns of [`PROGRESS`], which begin at `at`.
pub(super) fn progress(
    row: &Row<'_>,
    number: i64,
    mode: Mode,
    at: usize,
) -> Result<Progress<Owner>, JournalError> {
    let evidence: Option<String> = row.get(at + 7)?;
    Ok(Progress {
        mode,
        state: state(row, number, at)?,
        epoch: row.get(at + 1)?,
        owner: row.get::<_, Option<String>>(at + 2)?.map(Owner::from),
        not_sent: row.get(at + 3)?,
        unanswered: row.get(at + 4)?,
        link: row.get(at + 5)?,
        is_released: row.get(at + 6)?,
        evidence: match evidence {
            Some(json) => serde_json::from_str(&json)
                .map_err(|_| damaged(number, "its evidence cannot be read"))?,
            None => Default::default(),
        },
    })
}

/// The number and the life cycle of the row with this reference.
pub(super) fn find(
    connection: &Connection,
    mode: Mode,
    reference: &Reference,
) -> Result<Option<(i64, Progress<Owner>)>, JournalError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {PROGRESS}, number FROM row WHERE reference = ?"
    ))?;
    let mut rows = select.query([reference.as_str()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let number = row.get(8)?;
    Ok(Some((number, progress(row, number, mode, 0)?)))
}

pub(super) fn state(row: &Row<'_>, number: i64, at: usize) -> Result<State, JournalError> {
    let name: String = row.get(at)?;
    name.parse()
        .map_err(|_| damaged(number, "its state cannot be read"))
}

/// What a row contains cannot be what was stored.
pub(super) fn damaged(number: i64, reason: &str) -> JournalError {
    JournalError::Damaged {
        row: number,
        reason: reason.to_owned(),
    }
}

/// Reads everything, and compares the tables with their indexes, the rows with their checksums and with their last events.
/// So damage is found before anything is sent, and a file that is older than its write-ahead log.
pub(super) fn check(connection: &Connection) -> Result<(), JournalError> {
    let broken = |what: &str| Err(JournalError::Storage(what.into()));
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return broken(&format!("the file is damaged: {found}"));
    }
    let has = |sql| connection.query_row(sql, [], |row| row.get::<_, bool>(0));
    // Events are never deleted.
    if !has("SELECT count(*) = coalesce(max(number), 0) FROM event")? {
        return broken("the file is damaged: events are missing");
    }
    if !has("SELECT load >= (SELECT coalesce(max(load), 0) FROM row) FROM journal")? {
        return broken("the file is damaged: its number of inputs is wrong");
    }
    let version = super::version(connection)?.unwrap_or_default();
    for (name, since) in [("sum", 2), ("id", 3)] {
        if has_column(connection, name)? != (version >= since) {
            return broken("the file is damaged: its version is wrong");
        }
    }
    sums::check(connection)?;
    // Of the last event of each row SQLite returns the other columns, too. An invalid row has none, and no amount.
    const FIND: &str = "
        SELECT number FROM row LEFT JOIN (
            SELECT row AS of, max(number), state AS last_state, epoch AS last_epoch FROM event GROUP BY row
        ) ON of = number
        WHERE amount IS NOT NULL AND (state IS NOT last_state OR epoch IS NOT last_epoch) LIMIT 1";
    match connection
        .query_row(FIND, [], |row| row.get(0))
        .optional()?
    {
        None => Ok(()),
        Some(number) => Err(damaged(
            number,
            "it is not as its last event has left it, perhaps because the file is an older copy",
        )),
    }
}

/// Whether the rows have this column: a journal that is only read can be of an older version.
pub(super) fn has_column(connection: &Connection, name: &str) -> Result<bool, JournalError> {
    let mut select =
        connection.prepare_cached("SELECT 1 FROM pragma_table_info('row') WHERE name = ?")?;
    Ok(select.exists([name])?)
}

/// Counts the rows. Those that are in flight are unknown if their owner `is_gone`.
pub(super) fn counts(connection: &Connection, is_gone: bool) -> Result<Counts, JournalError> {
    let mut counts = Counts::default();
    let mut select =
        connection.prepare_cached("SELECT state, count(*), min(number) FROM row GROUP BY state")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let count: i64 = row.get(1)?;
        let state = match state(row, row.get(2)?, 0)? {
            State::InFlight if is_gone => State::Unknown,
            state => state,
        };
        counts.add(state, count.unsigned_abs());
    }
    Ok(counts)
}

pub(super) fn timeline(connection: &Connection) -> Result<Timeline, JournalError> {
    const ENDS: &str = "event LIKE 'ended%' OR event = 'abandoned'";
    let (from, to): (Option<i64>, Option<i64>) = connection.query_row(
        &format!("SELECT min(at), max(at) FROM event WHERE {ENDS}"),
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(Timeline::default());
    };
    let mut select = connection.prepare(&format!(
        "SELECT before, at FROM (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM event WHERE {ENDS})
         WHERE at - before >= ? ORDER BY at - before DESC LIMIT ?"
    ))?;
    let pauses = select.query_map((Timeline::PAUSE, Timeline::PAUSES), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let mut timeline = Timeline::between(from, to, pauses.collect::<Result<_, _>>()?);
    let mut select = connection.prepare(&format!(
        "SELECT at / 1000, event, count(*) FROM event WHERE {ENDS} GROUP BY 1, 2"
    ))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (second, count): (i64, i64) = (row.get(0)?, row.get(2)?);
        let event: String = row.get(1)?;
        timeline.add(second * 1000, &event, count.unsigned_abs());
    }
    Ok(timeline)
}

/// Reads rows, and compares each with its checksum. Those that are in flight are unknown if their owner `is_gone`.
pub(super) fn rows(
    connection: &Connection,
    mode: Mode,
    states: &[State],
    (after, limit): (i64, usize),
    is_gone: bool,
) -> Result<Vec<StoredRow>, JournalError> {
    let stored: Vec<_> = State::ALL
        .into_iter()
        .filter(|stored| match stored {
            State::InFlight if is_gone => states.contains(&State::Unknown),
            stored => states.contains(stored),
        })
        .collect();
    let names: Vec<_> = stored.iter().map(|state| format!("'{state}'")).collect();
    let is_whole = sums::is_whole(connection)?;
    let id = if has_column(connection, "id")? {
        "id"
    } else {
        "NULL"
    };
    let mut select = connection.prepare_cached(&format!(
        "SELECT {PROGRESS}, number, line, reference, amount, email, sent_at, link, html, status, reason, faults, input,
             {id}, {is_whole}
         FROM row WHERE state IN ({}) AND number > ? ORDER BY number LIMIT ?",
        names.join(", ")
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = select.query((after, limit))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let number = row.get(8)?;
        if !row.get::<_, bool>(21)? {
            return Err(sums::wrong(number));
        }
        let reference: Option<String> = row.get(10)?;
        let link: Option<String> = row.get(14)?;
        let html: Option<String> = row.get(15)?;
        let faults: Option<String> = row.get(18)?;
        let reference = reference
            .map(Reference::new)
            .transpose()
            .map_err(|_| damaged(number, "its reference cannot be read"))?;
        let amount: Option<String> = row.get(11)?;
        // An invalid row has none.
        let mut progress = match amount {
            Some(_) => Some(progress(row, number, mode, 0)?),
            None => None,
        };
        let mut state = state(row, number, 0)?;
        let mut reason = row.get(17)?;
        if let Some(progress) = progress.as_mut().filter(|_| is_gone) {
            let epoch = progress.epoch;
            // Applies to rows in flight only.
            if progress.apply(&Event::Abandoned { epoch }).is_ok() {
                reason = Detail::abandoned().reason;
            }
            state = progress.state;
        }
        rows.push(StoredRow {
            number,
            input: row.get(19)?,
            id: row.get(20)?,
            line: row.get::<_, i64>(9)?.unsigned_abs(),
            state,
            progress,
            reference,
            amount,
            email: row.get(12)?,
            sent_at: row.get(13)?,
            link: link.map(|link| (link, html)),
            status: row.get(16)?,
            reason,
            faults: faults
                .and_then(|json| serde_json::from_str(&json).ok())
                .unwrap_or_default(),
        });
    }
    Ok(rows)
}
