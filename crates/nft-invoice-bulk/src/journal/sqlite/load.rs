use std::collections::{HashMap, HashSet};
use std::io;

use nft_invoice::{Mode, Reference};
use rusqlite::{OptionalExtension, Transaction as Write};

use super::super::correction::{Correction, is_rejected, misnamed};
use super::super::namesake::{NewCounts, Recognized, free_name, recognize};
use super::super::{Detail, JournalError, Loaded, Source};
use super::namesakes::{drop_invalid, gone, keep_nameless, names, namesakes};
use super::stored::find;
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
    write.execute_batch("CREATE TEMP TABLE seen (hash BLOB PRIMARY KEY, rows INTEGER NOT NULL)")?;
    // What the input is called if it is not one that the journal has.
    let names = names(write, source.name())?;
    let free = free_name(source.name(), &names);
    let nth = |hash: &RowHash| nth(write, journal, key, hash);
    let mut loaded = Loaded::default();
    let mut new = NewCounts::default();
    let mut replaced = Vec::new();
    let mut retried = HashSet::new();
    while let Some(Row {
        line,
        replaces,
        id,
        content,
    }) = source.next().map_err(JournalError::Input)?
    {
        let place = Place {
            input: &free,
            line,
            load,
            id: id.as_deref(),
        };
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
                    Some(hash) => Some((nth(&hash)?.0, hash)),
                    None => None,
                };
                let known = match (named, &reference) {
                    (None, Some((reference, _))) => {
                        find(write, mode, reference)?.map(|(number, row)| (number, row.state))
                    }
                    (named, _) => named,
                };
                let faults = serde_json::to_string(&row.faults).unwrap_or_default();
                match known {
                    Some((number, state)) => {
                        loaded.outdated += u64::from(state == State::Replaced);
                        let mut update = write.prepare_cached(
                            "UPDATE row SET load = ?, line = ?, faults = ? WHERE number = ?",
                        )?;
                        update.execute((load, line as i64, &faults, number))?;
                    }
                    None => {
                        new.invalid += 1;
                        insert_invalid(write, &place, reference.as_ref(), &faults)?;
                    }
                }
            }
            RowContent::Valid(row) if row.mode == mode => {
                let (reference, n) = nth(&row.hash)?;
                if mode == Mode::S2s && n > 0 {
                    return Err(indistinct(line));
                }
                let mut update = write.prepare_cached(
                    "UPDATE row SET load = ?, line = ?, faults = NULL WHERE reference = ? RETURNING state",
                )?;
                let known: Option<String> = update
                    .query_row((load, line as i64, reference.as_str()), |row| row.get(0))
                    .optional()?;
                let known = known.map(|state| state.parse().unwrap_or(State::Unknown));
                if known.is_some() {
                    loaded.known += 1;
                } else {
                    new.valid += 1;
                    insert(write, &place, reference.as_str(), &row)?;
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
                    if asked.misses {
                        return Err(misnamed(line));
                    }
                    replaced.extend(asked.replaces.then_some(other));
                }
                loaded.outdated += u64::from(state == State::Replaced);
                source.loaded(&reference, state, row);
            }
            RowContent::Valid(_) => return Err(JournalError::OtherMode(mode)),
        }
    }
    write.execute_batch("DROP TABLE temp.seen")?;
    loaded.new = new.valid;
    // The inputs of the rows that notes have replaced, each once for each.
    let mut corrected: HashMap<String, u64> = HashMap::new();
    for reference in replaced {
        if let Some(input) = replace(write, mode, load, &reference)? {
            loaded.replaced += 1;
            *corrected.entry(input).or_default() += 1;
        }
    }
    new.noted = loaded.replaced;
    let mut namesakes = match names.is_empty() {
        true => Vec::new(),
        false => namesakes(write, load, source.name(), &free)?,
    };
    for it in &mut namesakes {
        it.shared += corrected.get(&it.name).unwrap_or(&0);
    }
    let rows = loaded.known + loaded.new + loaded.invalid;
    let recognized = recognize(&namesakes, new, rows, allow_missing);
    if let Recognized::Same {
        name,
        replaces_rejected,
        replaces_invalid,
        ..
    } = recognized
    {
        keep_nameless(write, load, name, &free)?;
        let rejected = replaces_rejected.then_some("amount IS NOT NULL");
        let invalid = replaces_invalid.then_some("amount IS NULL");
        for condition in rejected.into_iter().chain(invalid) {
            for reference in gone(write, load, name, condition)? {
                let replaced = replace(write, mode, load, &reference)?;
                loaded.replaced += u64::from(replaced.is_some());
            }
        }
        loaded.dropped = drop_invalid(write, load, name)?;
    }
    let (name, may_resume) = match recognized {
        Recognized::Same { name, has_new, .. } => (name, !has_new),
        Recognized::Other { is_known } => (&free[..], is_known),
    };
    write.execute(
        "UPDATE row SET input = ?1 WHERE load = ?2 AND input <> ?1",
        (name, load),
    )?;
    name.clone_into(&mut loaded.input);
    let missing: i64 = write.query_row(
        "SELECT count(*) FROM row WHERE load < ? AND state <> 'replaced'",
        [load],
        |row| row.get(0),
    )?;
    loaded.missing = missing.unsigned_abs();
    if loaded.missing > 0 && !may_resume && !allow_missing {
        return Err(JournalError::RowsMissing(loaded));
    }
    Ok(loaded)
}

/// Where a new row is.
struct Place<'a> {
    input: &'a str,
    line: u64,
    load: i64,
    id: Option<&'a str>,
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

/// Replaces a rejected row that the input does not contain; returns its input if it was one.
fn replace(
    write: &Write<'_>,
    mode: Mode,
    load: i64,
    reference: &Reference,
) -> Result<Option<String>, JournalError> {
    let is_missing = is_unseen(write, load, reference)?;
    let Some((number, progress)) = find(write, mode, reference)?.filter(|_| is_missing) else {
        return Ok(None);
    };
    let event = Event::Replaced;
    if changes::apply(write, number, progress, &event, &Detail::default())?.is_err() {
        return Ok(None);
    }
    let mut select = write.prepare_cached("SELECT input FROM row WHERE number = ?")?;
    Ok(Some(select.query_row([number], |row| row.get(0))?))
}

/// Whether the journal has a row that this input has not contained until here.
fn is_unseen(write: &Write<'_>, load: i64, reference: &Reference) -> Result<bool, JournalError> {
    let mut select = write.prepare_cached("SELECT 1 FROM row WHERE reference = ? AND load < ?")?;
    Ok(select.exists((reference.as_str(), load))?)
}

/// The reference of the next row of this input with this hash, and how many there were before.
fn nth(
    write: &Write<'_>,
    journal: &str,
    key: &JournalKey,
    hash: &RowHash,
) -> Result<(Reference, u64), JournalError> {
    let mut count = write.prepare_cached(
        "INSERT INTO temp.seen VALUES (?, 0) ON CONFLICT DO UPDATE SET rows = rows + 1 RETURNING rows",
    )?;
    let n: i64 = count.query_row([hash], |row| row.get(0))?;
    let n = if has_bug("reference-reused") {
        0
    } else {
        n.unsigned_abs()
    };
    Ok((key.reference(journal, hash, n), n))
}

/// The error of an S2S row that differs from another one in its card at most. No hash of a card is stored, so that the two
/// could change places when the input is read again, and one card could be charged for both.
fn indistinct(line: u64) -> JournalError {
    let reason = format!(
        "line {line} differs from a row above it in nothing but its card, if at all. They could not be told apart when the \
         input is read again: give each an #id of its own"
    );
    JournalError::Input(io::Error::new(io::ErrorKind::InvalidData, reason))
}

fn insert_invalid(
    write: &Write<'_>,
    place: &Place<'_>,
    reference: Option<&(Reference, RowHash)>,
    faults: &str,
) -> Result<(), JournalError> {
    let mut insert = write.prepare_cached(
        "INSERT INTO row (input, line, load, id, reference, hash, state, faults) VALUES (?, ?, ?, ?, ?, ?, 'rejected', ?)",
    )?;
    insert.execute((
        place.input,
        place.line as i64,
        place.load,
        place.id,
        reference.map(|(reference, _)| reference.as_str()),
        reference.map(|(_, hash)| hash),
        faults,
    ))?;
    Ok(())
}

fn insert(
    write: &Write<'_>,
    place: &Place<'_>,
    reference: &str,
    row: &ValidRow,
) -> Result<(), JournalError> {
    let is_hosted = row.mode == Mode::Hosted;
    let mut insert = write.prepare_cached(
        "INSERT INTO row (input, line, load, id, reference, hash, amount, email, state, invoice, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'prepared', ?, ?)",
    )?;
    insert.execute((
        place.input,
        place.line as i64,
        place.load,
        place.id,
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
