use std::collections::HashSet;

use super::super::namesake::{Namesake, is_called};
use super::session::{Fault, Session};
use super::stored::column;

/// The names of the inputs that are called `name`, or that with a number.
pub(super) async fn names(session: &Session, name: &str) -> Result<HashSet<String>, Fault> {
    const SELECT: &str = "
        SELECT DISTINCT input FROM nft_invoice_row WHERE input = $1 OR starts_with(input, $1 || ' (')";
    let mut names = HashSet::new();
    for row in session.query(SELECT, &[&name]).await? {
        let input: String = column(&row, 0)?;
        if is_called(&input, name) {
            names.insert(input);
        }
    }
    Ok(names)
}

/// Compares these inputs with the one that was loaded, whose new rows are below `free`. In the order of their
/// numbers.
pub(super) async fn namesakes(
    session: &Session,
    names: &HashSet<String>,
    free: &str,
) -> Result<Vec<Namesake>, Fault> {
    const SELECT: &str = "
        SELECT input,
            count(*) FILTER (WHERE is_seen),
            count(*) FILTER (WHERE NOT is_seen AND state = 'rejected' AND amount IS NOT NULL),
            count(*) FILTER (WHERE NOT is_seen AND state = 'rejected' AND amount IS NULL AND reference IS NOT NULL),
            count(*) FILTER (WHERE NOT is_seen AND reference IS NULL),
            count(*) FILTER (WHERE NOT is_seen AND reference IS NULL AND EXISTS (
                SELECT FROM nft_invoice_row AS read
                WHERE read.reference IS NULL AND read.input = $2 AND read.line = stored.line)),
            count(*) FILTER (WHERE NOT is_seen AND state NOT IN ('rejected', 'replaced')),
            count(id), count(*) FILTER (WHERE id IN (
                SELECT id FROM nft_invoice_row WHERE input = $2 AND id IS NOT NULL))
        FROM (
            SELECT *, EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number) AS is_seen
            FROM nft_invoice_row AS r WHERE input = ANY($1)
        ) AS stored
        GROUP BY input ORDER BY length(input), input";
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = names.iter().collect();
    let rows = session.query(SELECT, &[&names, &free]).await?;
    let read = |row: &tokio_postgres::Row| {
        let count = |at| column::<i64>(row, at).map(i64::unsigned_abs);
        Ok(Namesake {
            name: column(row, 0)?,
            shared: count(1)?,
            rejected: count(2)?,
            invalid: count(3)?,
            nameless: count(4)?,
            same_lines: count(5)?,
            others: count(6)?,
            ids: count(7)?,
            same_ids: count(8)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Invalid rows without a reference are those that the input had in the same lines before.
pub(super) async fn keep_nameless(session: &Session, name: &str, free: &str) -> Result<(), Fault> {
    const KEEP: &str = "
        WITH kept AS (
            UPDATE nft_invoice_row AS stored SET faults = read.faults
            FROM nft_invoice_row AS read
            WHERE stored.reference IS NULL AND stored.input = $1
                AND read.reference IS NULL AND read.input = $2 AND read.line = stored.line
            RETURNING stored.number, read.number AS other
        ), gone AS (
            DELETE FROM nft_invoice_row AS r USING kept WHERE r.number = kept.other
        )
        INSERT INTO nft_invoice_seen SELECT number, true FROM kept";
    session.query(KEEP, &[&name, &free]).await?;
    Ok(())
}

/// Removes the invalid rows that this input does not contain any more: they were never sent. Returns how many.
pub(super) async fn drop_invalid(session: &Session, input: &str) -> Result<u64, Fault> {
    const DROP: &str = "
        WITH dropped AS (
            DELETE FROM nft_invoice_row AS r
            WHERE input = $1 AND state = 'rejected' AND amount IS NULL
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)
            RETURNING number
        )
        SELECT count(*) FROM dropped";
    let dropped: i64 = session.one(DROP, &[&input]).await?.get(0);
    Ok(dropped.unsigned_abs())
}
