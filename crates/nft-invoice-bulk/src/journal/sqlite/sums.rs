use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::super::JournalError;
use super::stored::{damaged, has_column};
use crate::JournalKey;

/// What the checksum of a row covers: every other column.
const CONTENT: [&str; 25] = [
    "number",
    "input",
    "line",
    "load",
    "reference",
    "hash",
    "amount",
    "email",
    "state",
    "epoch",
    "owner",
    "not_sent",
    "unanswered",
    "link_epoch",
    "is_released",
    "evidence",
    "sent_at",
    "link",
    "html",
    "status",
    "reason",
    "faults",
    "invoice",
    "data",
    "id",
];

/// Adds the function `row_sum`. A column that is NULL does not change the sum, so one can be added to the table.
pub(super) fn add_function(connection: &Connection, key: &JournalKey) -> Result<(), JournalError> {
    let key = key.clone();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("row_sum", -1, flags, move |values| {
        let mut content = Vec::new();
        for at in 0..values.len() {
            let number;
            let (kind, bytes) = match values.get_raw(at) {
                ValueRef::Null => continue,
                ValueRef::Integer(value) => {
                    number = value.to_be_bytes();
                    (b'i', &number[..])
                }
                ValueRef::Real(value) => {
                    number = value.to_be_bytes();
                    (b'r', &number[..])
                }
                ValueRef::Text(text) => (b't', text),
                ValueRef::Blob(blob) => (b'b', blob),
            };
            content.extend((at as u64).to_be_bytes());
            content.push(kind);
            content.extend((bytes.len() as u64).to_be_bytes());
            content.extend(bytes);
        }
        Ok(key.sum(&content).to_vec())
    })?;
    Ok(())
}

/// Sums what is stored without a checksum.
pub(super) fn add_all(connection: &Connection) -> Result<(), JournalError> {
    let sum = sum("");
    connection.execute(&format!("UPDATE row SET sum = {sum} WHERE sum IS NULL"), [])?;
    Ok(())
}

/// Has each row that this connection writes get its checksum.
pub(super) fn keep(connection: &Connection) -> Result<(), JournalError> {
    let (columns, sum) = (CONTENT.join(", "), sum("new."));
    let triggers = [
        ("INSERT", String::new()),
        ("UPDATE", format!("OF {columns}")),
    ];
    for (event, of) in triggers {
        connection.execute_batch(&format!(
            "CREATE TEMP TRIGGER sum_after_{event} AFTER {event} {of} ON main.row BEGIN
                UPDATE row SET sum = {sum} WHERE number = new.number;
            END"
        ))?;
    }
    Ok(())
}

/// An expression that is true for a row that is as it was stored. The first version had no checksums, and the second
/// no ids.
pub(super) fn is_whole(connection: &Connection) -> Result<String, JournalError> {
    if !has_column(connection, "sum")? {
        return Ok("true".to_owned());
    }
    let sum = if has_column(connection, "id")? {
        sum("")
    } else {
        format!("row_sum({})", CONTENT[..CONTENT.len() - 1].join(", "))
    };
    Ok(format!("sum IS {sum}"))
}

/// The error of a row that is not as it was stored.
pub(super) fn wrong(number: i64) -> JournalError {
    damaged(number, "its checksum is wrong")
}

/// Compares every row with its checksum.
pub(super) fn check(connection: &Connection) -> Result<(), JournalError> {
    let is_whole = is_whole(connection)?;
    let find = format!("SELECT number FROM row WHERE NOT ({is_whole}) LIMIT 1");
    match connection
        .query_row(&find, [], |row| row.get(0))
        .optional()?
    {
        None => Ok(()),
        Some(number) => Err(wrong(number)),
    }
}

fn sum(prefix: &str) -> String {
    let columns = CONTENT.map(|column| format!("{prefix}{column}"));
    format!("row_sum({})", columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sqlite::{MIGRATIONS, migrate};

    #[test]
    fn a_checksum_covers_every_column_and_follows_every_change() {
        let connection = Connection::open_in_memory().unwrap();
        let key = JournalKey::random().unwrap();
        add_function(&connection, &key).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        let insert = "INSERT INTO row (input, line, load, state) VALUES ('a', 1, 1, 'prepared')";
        connection.execute(insert, []).unwrap();
        let mut connection = connection;
        let write = connection.transaction().unwrap();
        migrate(&write, 1).unwrap();
        write.commit().unwrap();
        check(&connection).unwrap();
        keep(&connection).unwrap();
        connection.execute(insert, []).unwrap();
        check(&connection).unwrap();

        let names = "SELECT name FROM pragma_table_info('row')";
        let mut select = connection.prepare(names).unwrap();
        let names = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let names: Vec<_> = names.map(Result::unwrap).collect();
        drop(select);
        let (id, older) = CONTENT.split_last().unwrap();
        assert_eq!(names, [older, &["sum", id]].concat());
        for name in CONTENT {
            let value = match name {
                "hash" | "email" => "x'07'",
                _ => "'7'",
            };
            let change = format!("UPDATE row SET {name} = {value} WHERE number = 1");
            let write = connection.transaction().unwrap();
            write.execute(&change, []).unwrap();
            check(&write).unwrap();
            write.rollback().unwrap();
            // What another program changes has the old sum.
            connection
                .execute_batch("DROP TRIGGER sum_after_UPDATE")
                .unwrap();
            let write = connection.transaction().unwrap();
            write.execute(&change, []).unwrap();
            assert!(check(&write).is_err(), "{name}");
            write.rollback().unwrap();
            connection
                .execute_batch("DROP TRIGGER sum_after_INSERT")
                .unwrap();
            keep(&connection).unwrap();
        }
    }
}
