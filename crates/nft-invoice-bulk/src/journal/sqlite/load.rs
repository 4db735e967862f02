use std::collections::HashSet;

use nft_invoice::{Mode, Reference};
use rusqlite::{OptionalExtension, ToSql, Transaction as Write};

use super::super::correction::{Correction, Gone, Places, is_rejected};
use super::super::{Detail, JournalError, Loaded, Source};
use super::stored::{self, find};
use super::{now, write as changes};
use crate::input::{Row, RowContent, ValidRow};
use crate::lifecycle::{Event, State};
use crate::planted::has_bug;
use crate::{JournalKey, RowHash};

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
    let mut places = Places::default();
    let mut replaced = Vec::new();
    let mut retried = HashSet::new();
    while let Some(Row {
        line,
        replaces,
        content,
    }) = source.next().map_err(JournalError::Input)?
    {
        let place = (source.name(), line);
        match content {
            RowContent::Invalid(row) => {
                loaded.invalid += 1;
                let named = match replaces {
                    Some(other) if is_unseen(write, load, &other)? => find(write, mode, &other)?
                        .filter(|(_, row)| is_rejected(row.state))
                        .map(|(number, row)| (number, row.state)),
                    _ => None,
                };
                let reference = match row.hash {
                    Some(hash) => Some((nth(write, journal, key, load, &hash)?, hash)),
                    None => None,
                };
                let known = match named {
                    Some(known) => Some(known),
                    None => known_invalid(write, place, reference.as_ref())?,
                };
                let faults = serde_json::to_string(&row.faults).unwrap_or_default();
                match known {
                    Some((number, state)) => {
                        loaded.outdated += u64::from(state == State::Replaced);
                        let mut update = write.prepare_cached(
                            "UPDATE row SET load = ?, input = ?, line = ?, faults = ? WHERE number = ?",
                        )?;
                        update.execute((load, place.0, line as i64, &faults, number))?;
                    }
                    None => {
                        places.invalid += 1;
                        insert_invalid(write, load, place, reference.as_ref(), &faults)?;
                    }
                }
            }
            RowContent::Valid(row) if row.mode == mode => {
                let reference = nth(write, journal, key, load, &row.hash)?;
                let mut update = write.prepare_cached(
                    "UPDATE row SET load = ?, input = ?, line = ?, faults = NULL WHERE reference = ? RETURNING state",
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
                    places.valid += 1;
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
    for reference in replaced {
        loaded.replaced += replace(write, mode, load, &reference)?;
    }
    places.take(loaded.replaced);
    for reference in gone(write, load, source.name())?.corrected(&places) {
        loaded.replaced += replace(write, mode, load, &reference)?;
    }
    // Invalid rows were never sent: a person can remove them.
    let dropped = write.execute(
        "DELETE FROM row WHERE load < ? AND input = ? AND amount IS NULL AND state = 'rejected'",
        (load, source.name()),
    )?;
    loaded.dropped = dropped as u64;
    let missing: i64 = write.query_row(
        "SELECT count(*) FROM row WHERE load < ? AND state <> 'replaced'",
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
        let mut update = write.prepare_cached(
            "UPDATE row SET invoice = ?, data = ?, faults = NULL WHERE number = ?",
        )?;
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
    let is_missing = is_unseen(write, load, reference)?;
    match find(write, mode, reference)?.filter(|_| is_missing) {
        Some((number, progress)) => {
            let event = Event::Replaced;
            let replaced = changes::apply(write, number, progress, &event, &Detail::default())?;
            Ok(u64::from(replaced.is_ok()))
        }
        None => Ok(0),
    }
}

/// Whether the journal has a row that this input has not contained until here.
fn is_unseen(write: &Write<'_>, load: i64, reference: &Reference) -> Result<bool, JournalError> {
    let mut select = write.prepare_cached("SELECT 1 FROM row WHERE reference = ? AND load < ?")?;
    Ok(select.exists((reference.as_str(), load))?)
}

fn gone(write: &Write<'_>, load: i64, input: &str) -> Result<Gone<Reference>, JournalError> {
    let mut select = write.prepare(
        "SELECT number, reference, state, amount IS NULL FROM row
         WHERE load < ? AND input = ? AND state <> 'replaced'",
    )?;
    let mut rows = select.query((load, input))?;
    let mut gone = Gone {
        rejected: Vec::new(),
        invalid: Vec::new(),
        others: 0,
    };
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        let reference: Option<String> = row.get(1)?;
        let reference = reference.map(Reference::new).transpose();
        let reference =
            reference.map_err(|_| stored::damaged(number, "its reference cannot be read"))?;
        match stored::state(row, number, 2)? {
            State::Rejected if row.get(3)? => gone.invalid.extend(reference),
            State::Rejected => gone.rejected.extend(reference),
            _ => gone.others += 1,
        }
    }
    Ok(gone)
}

/// The reference of the next row of this input with this hash.
fn nth(
    write: &Write<'_>,
    journal: &str,
    key: &JournalKey,
    load: i64,
    hash: &RowHash,
) -> Result<Reference, JournalError> {
    let mut count = write.prepare_cached("SELECT count(*) FROM row WHERE hash = ? AND load = ?")?;
    let n: i64 = count.query_row((hash, load), |row| row.get(0))?;
    let n = if has_bug("reference-reused") {
        0
    } else {
        n.unsigned_abs()
    };
    Ok(key.reference(journal, hash, n))
}

/// The number and the state of an invalid row that the journal has: by its reference or, without one, by its place.
fn known_invalid(
    write: &Write<'_>,
    (input, line): (&str, u64),
    reference: Option<&(Reference, RowHash)>,
) -> Result<Option<(i64, State)>, JournalError> {
    let (which, parameters): (_, &[&dyn ToSql]) = match &reference {
        Some((reference, _)) => ("reference = ?", &[&reference.as_str()]),
        None => (
            "reference IS NULL AND input = ? AND line = ?",
            &[&input, &(line as i64)],
        ),
    };
    let mut select =
        write.prepare_cached(&format!("SELECT number, state FROM row WHERE {which}"))?;
    let mut rows = select.query(parameters)?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let number = row.get(0)?;
    Ok(Some((number, stored::state(row, number, 1)?)))
}

fn insert_invalid(
    write: &Write<'_>,
    load: i64,
    (input, line): (&str, u64),
    reference: Option<&(Reference, RowHash)>,
    faults: &str,
) -> Result<(), JournalError> {
    let mut insert = write.prepare_cached(
        "INSERT INTO row (input, line, load, reference, hash, state, faults) VALUES (?, ?, ?, ?, ?, 'rejected', ?)",
    )?;
    insert.execute((
        input,
        line as i64,
        load,
        reference.map(|(reference, _)| reference.as_str()),
        reference.map(|(_, hash)| hash),
        faults,
    ))?;
    Ok(())
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
