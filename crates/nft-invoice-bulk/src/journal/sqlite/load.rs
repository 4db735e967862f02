use std::collections::HashSet;

use nft_invoice::{Mode, Reference};
use rusqlite::{OptionalExtension, Transaction as Write};

use super::super::correction::{Correction, is_in_place};
use super::super::{Detail, JournalError, Loaded, Source};
use super::stored::{self, find};
use super::{now, write as changes};
use crate::JournalKey;
use crate::input::{Row, RowContent, ValidRow};
use crate::lifecycle::{Event, State};
use crate::planted::has_bug;

/// Takes the rows of an input. A row is known by its hash, and by its number among the rows with this hash.
pub(super) fn load(
    write: &Write<'_>,
    journal: &str,
    key: &JournalKey,
    mode: Mode,
    mut source: Box<dyn Source>,
    allow_missing: bool,
) -> Result<Loaded, JournalError> {
    let load: i64 = write.query_row(
        "UPDATE journal SET load = load + 1 RETURNING load",
        [],
        |row| row.get(0),
    )?;
    let mut loaded = Loaded::default();
    // Rows that can take the place of others.
    let mut places = 0;
    let mut replaced = Vec::new();
    let mut retried = HashSet::new();
    while let Some(Row {
        line,
        replaces,
        content,
    }) = source.next().map_err(JournalError::Input)?
    {
        match content {
            RowContent::Invalid(faults) => {
                loaded.invalid += 1;
                let faults = serde_json::to_string(&faults).unwrap_or_default();
                let is_new = invalid(write, load, (source.name(), line), &faults)?;
                places += u64::from(is_new);
                replaced.extend(replaces);
            }
            RowContent::Valid(row) if row.mode == mode => {
                let mut count =
                    write.prepare_cached("SELECT count(*) FROM row WHERE hash = ? AND load = ?")?;
                let n: i64 = count.query_row((row.hash, load), |row| row.get(0))?;
                let reference = key.reference(
                    journal,
                    &row.hash,
                    if has_bug("reference-reused") {
                        0
                    } else {
                        n.unsigned_abs()
                    },
                );
                let mut update = write.prepare_cached(
                    "UPDATE row SET load = ?, input = ?, line = ? WHERE reference = ? RETURNING state",
                )?;
                let known: Option<String> = update
                    .query_row(
                        (load, source.name(), line as i64, reference.as_str()),
                        |row| row.get(0),
                    )
                    .optional()?;
                let known = known.map(|state| state.parse().unwrap_or(State::Unknown));
                if known.is_some() {
                    loaded.known += 1;
                } else {
                    loaded.new += 1;
                    places += 1;
                    insert(write, load, (source.name(), line), reference.as_str(), &row)?;
                }
                let mut state = known.unwrap_or(State::Prepared);
                if let Some(other) = replaces {
                    let other_state = if retried.contains(&other) {
                        Some(State::Rejected)
                    } else {
                        find(write, mode, &other)?.map(|(_, row)| row.state)
                    };
                    let asked = Correction::new(&reference, known, &other, other_state);
                    if asked.retries && retry(write, mode, &reference, &row)? {
                        loaded.retried += 1;
                        state = State::Prepared;
                        retried.insert(reference.clone());
                    }
                    replaced.extend(asked.replaces.then_some(other));
                }
                loaded.outdated += u64::from(state == State::Replaced);
                source.loaded(&reference, state, row);
            }
            RowContent::Valid(_) => return Err(JournalError::OtherMode(mode)),
        }
    }
    // Invalid rows were never sent: those of this input replace them.
    let dropped: i64 = write.query_row(
        "SELECT count(*) FROM row WHERE load < ? AND reference IS NULL AND input <> ?",
        (load, source.name()),
        |row| row.get(0),
    )?;
    loaded.dropped = dropped.unsigned_abs();
    write.execute(
        "DELETE FROM row WHERE load < ? AND reference IS NULL",
        [load],
    )?;
    for reference in replaced {
        loaded.replaced += replace(write, mode, load, &reference)?;
    }
    places = places.saturating_sub(loaded.replaced);
    for reference in corrected(write, load, source.name(), places)? {
        loaded.replaced += replace(write, mode, load, &reference)?;
    }
    let missing: i64 = write.query_row(
        "SELECT count(*) FROM row WHERE load < ? AND reference IS NOT NULL AND state <> 'replaced'",
        [load],
        |row| row.get(0),
    )?;
    loaded.missing = missing.unsigned_abs();
    if loaded.missing > 0 && !allow_missing {
        return Err(JournalError::RowsMissing(loaded));
    }
    Ok(loaded)
}

/// Has a rejected row sent again, if that is permitted. The journal has forgotten what it contains.
fn retry(
    write: &Write<'_>,
    mode: Mode,
    reference: &Reference,
    row: &ValidRow,
) -> Result<bool, JournalError> {
    let Some((number, progress)) = find(write, mode, reference)? else {
        return Ok(false);
    };
    let retried = changes::apply(write, number, progress, &Event::Retried, &Detail::default())?;
    if retried.is_ok() && mode == Mode::Hosted {
        let mut update =
            write.prepare_cached("UPDATE row SET invoice = ?, data = ? WHERE number = ?")?;
        update.execute((&row.invoice, &row.data, number))?;
    }
    Ok(retried.is_ok())
}

/// Replaces a rejected row that the input does not contain; returns how many rows that are.
fn replace(
    write: &Write<'_>,
    mode: Mode,
    load: i64,
    reference: &Reference,
) -> Result<u64, JournalError> {
    let mut select = write.prepare_cached("SELECT 1 FROM row WHERE reference = ? AND load < ?")?;
    let is_missing = select.exists((reference.as_str(), load))?;
    match find(write, mode, reference)?.filter(|_| is_missing) {
        Some((number, progress)) => {
            let event = Event::Replaced;
            let replaced = changes::apply(write, number, progress, &event, &Detail::default())?;
            Ok(u64::from(replaced.is_ok()))
        }
        None => Ok(0),
    }
}

/// The rejected rows that were corrected in the input itself.
fn corrected(
    write: &Write<'_>,
    load: i64,
    input: &str,
    places: u64,
) -> Result<Vec<Reference>, JournalError> {
    let mut select = write.prepare(
        "SELECT number, reference, state FROM row
         WHERE load < ? AND input = ? AND reference IS NOT NULL AND state <> 'replaced'",
    )?;
    let mut rows = select.query((load, input))?;
    let (mut rejected, mut others) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if row.get::<_, String>(2)? == State::Rejected.as_str() {
            let (number, reference) = (row.get(0)?, row.get::<_, String>(1)?);
            let reference = Reference::new(reference);
            rejected.push(reference.map_err(|_| stored::damaged(number, "reference"))?);
        } else {
            others += 1;
        }
    }
    if !is_in_place(rejected.len(), others, places) {
        rejected.clear();
    }
    Ok(rejected)
}

/// Stores an invalid row, in the place that it had before; returns whether it had none.
fn invalid(
    write: &Write<'_>,
    load: i64,
    (input, line): (&str, u64),
    faults: &str,
) -> Result<bool, JournalError> {
    let mut update = write.prepare_cached(
        "UPDATE row SET load = ?3, faults = ?4 WHERE input = ?1 AND line = ?2 AND reference IS NULL",
    )?;
    let is_new = update.execute((input, line as i64, load, faults))? == 0;
    if is_new {
        let mut insert = write.prepare_cached(
            "INSERT INTO row (input, line, load, state, faults) VALUES (?, ?, ?, 'rejected', ?)",
        )?;
        insert.execute((input, line as i64, load, faults))?;
    }
    Ok(is_new)
}

fn insert(
    write: &Write<'_>,
    load: i64,
    (input, line): (&str, u64),
    reference: &str,
    row: &ValidRow,
) -> Result<(), JournalError> {
    let is_hosted = row.mode == Mode::Hosted;
    let mut insert = write.prepare_cached(
        "INSERT INTO row (input, line, load, reference, hash, amount, email, state, invoice, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'prepared', ?, ?)",
    )?;
    insert.execute((
        input,
        line as i64,
        load,
        reference,
        row.hash,
        &row.amount,
        row.email,
        // An S2S row is sent from its input only.
        is_hosted.then_some(&row.invoice),
        row.data.as_ref().filter(|_| is_hosted),
    ))?;
    let mut event = write.prepare_cached(
        "INSERT INTO event (at, row, event, epoch, state) VALUES (?, ?, 'prepared', 0, 'prepared')",
    )?;
    event.execute((now(), write.last_insert_rowid()))?;
    Ok(())
}
