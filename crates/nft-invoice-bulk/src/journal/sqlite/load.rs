use nft_invoice::Mode;
use rusqlite::{OptionalExtension, Transaction as Write};

use super::super::{JournalError, Loaded, Source};
use super::now;
use crate::JournalKey;
use crate::input::{Row, RowContent, ValidRow};
use crate::lifecycle::State;
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
    while let Some(Row { line, content }) = source.next().map_err(JournalError::Input)? {
        match content {
            RowContent::Invalid(faults) => {
                loaded.invalid += 1;
                let faults = serde_json::to_string(&faults).unwrap_or_default();
                invalid(write, load, (source.name(), line), &faults)?;
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
                let state = match known {
                    Some(state) => {
                        loaded.known += 1;
                        state.parse().unwrap_or(State::Unknown)
                    }
                    None => {
                        loaded.new += 1;
                        insert(write, load, (source.name(), line), reference.as_str(), &row)?;
                        State::Prepared
                    }
                };
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
    let missing: i64 = write.query_row(
        "SELECT count(*) FROM row WHERE load < ? AND reference IS NOT NULL",
        [load],
        |row| row.get(0),
    )?;
    loaded.missing = missing.unsigned_abs();
    if loaded.missing > 0 && !allow_missing {
        return Err(JournalError::RowsMissing(loaded));
    }
    Ok(loaded)
}

/// Stores an invalid row, in the place that it had before.
fn invalid(
    write: &Write<'_>,
    load: i64,
    (input, line): (&str, u64),
    faults: &str,
) -> Result<(), JournalError> {
    let mut update = write.prepare_cached(
        "UPDATE row SET load = ?3, faults = ?4 WHERE input = ?1 AND line = ?2 AND reference IS NULL",
    )?;
    if update.execute((input, line as i64, load, faults))? == 0 {
        let mut insert = write.prepare_cached(
            "INSERT INTO row (input, line, load, state, faults) VALUES (?, ?, ?, 'rejected', ?)",
        )?;
        insert.execute((input, line as i64, load, faults))?;
    }
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
