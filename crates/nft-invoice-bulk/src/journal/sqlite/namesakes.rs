use std::collections::HashSet;

use nft_invoice::Reference;
use rusqlite::Transaction as Write;

use super::super::JournalError;
use super::super::namesake::{Namesake, is_called};
use super::stored;

/// The names of the inputs that are called `name`, or that with a number.
pub(super) fn names(write: &Write<'_>, name: &str) -> Result<HashSet<String>, JournalError> {
    let mut select = write.prepare("SELECT DISTINCT input FROM row")?;
    let mut rows = select.query([])?;
    let mut names = HashSet::new();
    while let Some(row) = rows.next()? {
        let input: String = row.get(0)?;
        if is_called(&input, name) {
            names.insert(input);
        }
    }
    Ok(names)
}

/// Compares the inputs of this name with the one that was loaded, whose new rows are below `free`. In the order
/// of their numbers.
pub(super) fn namesakes(
    write: &Write<'_>,
    load: i64,
    name: &str,
    free: &str,
) -> Result<Vec<Namesake>, JournalError> {
    let mut select = write.prepare(
        "SELECT input, sum(load = ?1),
             sum(load < ?1 AND state = 'rejected' AND amount IS NOT NULL),
             sum(load < ?1 AND state = 'rejected' AND amount IS NULL AND reference IS NOT NULL),
             sum(load < ?1 AND reference IS NULL),
             sum(load < ?1 AND reference IS NULL AND EXISTS (
                 SELECT 1 FROM row AS new WHERE new.reference IS NULL AND new.input = ?2 AND new.line = row.line)),
             sum(load < ?1 AND state NOT IN ('rejected', 'replaced')),
             count(id), sum(id IN (SELECT id FROM row WHERE input = ?2 AND id IS NOT NULL))
         FROM row WHERE input <> ?2 GROUP BY input ORDER BY length(input), input",
    )?;
    let mut rows = select.query((load, free))?;
    let mut namesakes = Vec::new();
    while let Some(row) = rows.next()? {
        let input: String = row.get(0)?;
        if is_called(&input, name) {
            let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            namesakes.push(Namesake {
                name: input,
                shared: count(1)?,
                rejected: count(2)?,
                invalid: count(3)?,
                nameless: count(4)?,
                same_lines: count(5)?,
                others: count(6)?,
                ids: count(7)?,
                same_ids: row
                    .get::<_, Option<i64>>(8)?
                    .unwrap_or_default()
                    .unsigned_abs(),
            });
        }
    }
    Ok(namesakes)
}

/// Invalid rows without a reference are those that the input had in the same lines before.
pub(super) fn keep_nameless(
    write: &Write<'_>,
    load: i64,
    name: &str,
    free: &str,
) -> Result<(), JournalError> {
    const SAME: &str = "SELECT faults FROM row AS new
        WHERE new.reference IS NULL AND new.input = ?2 AND new.line = row.line";
    let update = format!(
        "UPDATE row SET load = ?3, faults = ({SAME}) WHERE reference IS NULL AND input = ?1 AND EXISTS ({SAME})"
    );
    write.execute(&update, (name, free, load))?;
    let delete = format!(
        "DELETE FROM row WHERE reference IS NULL AND input = ?1 AND EXISTS ({SAME} AND new.load = ?3)"
    );
    write.execute(&delete, (free, name, load))?;
    Ok(())
}

/// The rejected rows of this input that it does not contain any more.
pub(super) fn gone(
    write: &Write<'_>,
    load: i64,
    input: &str,
    condition: &str,
) -> Result<Vec<Reference>, JournalError> {
    let mut select = write.prepare(&format!(
        "SELECT number, reference FROM row
         WHERE load < ? AND input = ? AND state = 'rejected' AND reference IS NOT NULL AND {condition}"
    ))?;
    let mut rows = select.query((load, input))?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next()? {
        let reference = Reference::new(row.get::<_, String>(1)?);
        let damaged = |_| {
            row.get(0)
                .map(|number| stored::damaged(number, "its reference cannot be read"))
        };
        match reference.map_err(damaged) {
            Ok(reference) => gone.push(reference),
            Err(error) => return Err(error?),
        }
    }
    Ok(gone)
}

/// Removes the invalid rows that this input does not contain any more: they were never sent. Returns how many.
pub(super) fn drop_invalid(write: &Write<'_>, load: i64, input: &str) -> Result<u64, JournalError> {
    let dropped = write.execute(
        "DELETE FROM row WHERE load < ? AND input = ? AND amount IS NULL AND state = 'rejected'",
        (load, input),
    )?;
    Ok(dropped as u64)
}
