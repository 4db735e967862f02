//! The journal in an SQLite file, for one process at a time. Others can read it meanwhile.

mod files;
mod load;
mod namesakes;
mod reader;
mod stored;
mod sums;
mod write;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use nft_invoice::Mode;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction as Write, TransactionBehavior};

pub use self::reader::SqliteReader;

use self::files::Files;
use super::{
    Counts, Journal, JournalError, Loaded, Source, StoredRow, Timeline, Transaction, Written,
};
use crate::lifecycle::State;
use crate::{JournalKey, RowHash, planted};

/// A journal in an SQLite file, with its key, its mark and its lock in files beside it.
pub struct SqliteJournal {
    id: String,
    mode: Mode,
    key: JournalKey,
    database: Arc<Mutex<Database>>,
}

struct Database {
    connection: Connection,
    files: Files,
    /// After a write that failed nothing is certain any more.
    has_failed: bool,
}

/// `nftj`, the application id in the file's header.
const APPLICATION: i32 = 0x6e66_746a;

/// The steps from each version of the schema to the next.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE journal (id TEXT NOT NULL, mode TEXT NOT NULL, key_check BLOB NOT NULL, load INTEGER NOT NULL) STRICT;
    CREATE TABLE row (
        number INTEGER PRIMARY KEY,
        input TEXT NOT NULL,
        line INTEGER NOT NULL,
        load INTEGER NOT NULL,
        reference TEXT UNIQUE,
        hash BLOB,
        amount TEXT,
        email BLOB,
        state TEXT NOT NULL,
        epoch INTEGER NOT NULL DEFAULT 0,
        owner TEXT,
        not_sent INTEGER NOT NULL DEFAULT 0,
        unanswered INTEGER NOT NULL DEFAULT 0,
        link_epoch INTEGER,
        is_released INTEGER NOT NULL DEFAULT 0,
        evidence TEXT,
        sent_at INTEGER,
        link TEXT,
        html TEXT,
        status TEXT,
        reason TEXT,
        faults TEXT,
        invoice TEXT,
        data TEXT
    ) STRICT;
    CREATE INDEX row_by_state ON row (state, number);
    CREATE INDEX invalid_row ON row (input, line) WHERE reference IS NULL;
    CREATE INDEX row_by_hash ON row (hash, load) WHERE hash IS NOT NULL;
    CREATE TABLE event (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        row INTEGER NOT NULL,
        event TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT
    ) STRICT;
    ",
    // A checksum of each row: a bit that flips on the disk could change an amount, a link or a reference. And rows can be
    // `replaced`, and invalid ones have a reference, too, which the first version would not understand.
    "
    ALTER TABLE row ADD COLUMN sum BLOB;
    ",
    // The merchant's id of a row. And inputs of one name have numbers, which the version before would not recognize.
    "
    ALTER TABLE row ADD COLUMN id TEXT;
    DROP INDEX row_by_hash;
    ",
];

impl SqliteJournal {
    /// Opens the journal in the file `path`, or creates it for rows of this mode. Only its owner can read the file.
    ///
    /// # Errors
    ///
    /// If another process uses it, it is for rows of the other mode, its key is missing, it is older than it was, it is
    /// damaged, or a newer version wrote it. All of it is read, to find that out.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, JournalError> {
        refuse_foreign(path)?;
        let mut files = Files::open(path, mode)?;
        let mut connection = connect(path)?;
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&write)?;
        // A journal that is gone is the oldest copy of all. Its key is still of use.
        files.compare_mark(version.map_or(Ok(0), |_| last_event(&write))?)?;
        // A process that ends meanwhile leaves a new journal behind.
        let key = files.key(version.is_none())?;
        sums::add_function(&write, &key)?;
        let id = match version {
            None => {
                migrate(&write, 0)?;
                create(&write, mode, &key)?
            }
            Some(version) => {
                let found = Identity::read(&write)?;
                if found.mode != mode {
                    return Err(JournalError::OtherMode(found.mode));
                }
                if key.text(&found.id) != found.key_check {
                    return Err(JournalError::Key(files.key_path()));
                }
                stored::check(&write)?;
                migrate(&write, version)?;
                found.id
            }
        };
        write.commit()?;
        sums::keep(&connection)?;
        // What was read is not damaged.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        let mut database = Database {
            connection,
            files,
            has_failed: false,
        };
        // The lock proves that no earlier owner is left, so every command sees what a crash has left open.
        database.write(|write| write::abandon(write, mode))?;
        Ok(Self {
            id,
            mode,
            key,
            database: Arc::new(Mutex::new(database)),
        })
    }

    /// Returns the mode of the journal in the file `path`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not a journal, or if it is missing or empty and its mark shows that it was not.
    pub fn mode_of(path: &Path) -> Result<Option<Mode>, JournalError> {
        if !path.exists() {
            return files::refuse_lost(path).map(|()| None);
        }
        refuse_foreign(path)?;
        let connection = connect(path)?;
        if version(&connection)?.is_none() {
            return files::refuse_lost(path).map(|()| None);
        }
        Ok(Some(Identity::read(&connection)?.mode))
    }

    /// Runs `work` in a transaction on a thread for blocking work.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Write<'_>) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let database = Arc::clone(&self.database);
        let write = move || {
            let mut database = database.lock().unwrap_or_else(PoisonError::into_inner);
            database.write(work)
        };
        tokio::task::spawn_blocking(write)
            .await
            .unwrap_or(Err(JournalError::Failed))
    }
}

/// What a journal is.
struct Identity {
    id: String,
    mode: Mode,
    /// Of its key.
    key_check: RowHash,
}

impl Identity {
    fn read(connection: &Connection) -> Result<Self, JournalError> {
        let read = connection.query_row("SELECT id, mode, key_check FROM journal", [], |row| {
            let mode: String = row.get(1)?;
            Ok((row.get(0)?, mode, row.get(2)?))
        });
        let (id, mode, key_check) = read?;
        let mode = mode
            .parse()
            .map_err(|_| JournalError::Storage("its mode cannot be read".into()))?;
        Ok(Self {
            id,
            mode,
            key_check,
        })
    }
}

impl Database {
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Write<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        if self.has_failed {
            return Err(JournalError::Failed);
        }
        let write = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&write)?;
        let last = last_event(&write)?;
        // From here until the mark is written nothing may be sent if something fails.
        self.has_failed = true;
        planted::step("before-commit");
        write.commit()?;
        planted::step("after-commit");
        self.files.set_mark(last)?;
        self.has_failed = false;
        Ok(done)
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn key(&self) -> &JournalKey {
        &self.key
    }

    async fn load(
        &self,
        source: Box<dyn Source>,
        allow_missing: bool,
    ) -> Result<Loaded, JournalError> {
        let (id, key, mode) = (self.id.clone(), self.key.clone(), self.mode);
        self.write(move |write| load::load(write, &id, &key, mode, source, allow_missing))
            .await
    }

    async fn begin(&self) -> Result<(), JournalError> {
        let mode = self.mode;
        self.write(move |write| write::begin(write, mode)).await
    }

    async fn transact(&self, transaction: Transaction) -> Result<Written, JournalError> {
        let mode = self.mode;
        self.write(move |write| write::transact(write, mode, transaction))
            .await
    }

    async fn check(&self) -> Result<(), JournalError> {
        self.write(|write| stored::check(write)).await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        self.write(|write| stored::counts(write, false)).await
    }

    async fn timeline(&self) -> Result<Timeline, JournalError> {
        self.write(|write| stored::timeline(write)).await
    }

    async fn rows(
        &self,
        states: &[State],
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, JournalError> {
        let (states, mode) = (states.to_vec(), self.mode);
        self.write(move |write| stored::rows(write, mode, &states, (after, limit), false))
            .await
    }
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign,
            _ => Self::Storage(Box::new(error)),
        }
    }
}

/// Rejects a file that is something else, or too new, before it or anything beside it is changed.
fn refuse_foreign(path: &Path) -> Result<(), JournalError> {
    if !path.exists() {
        return Ok(());
    }
    match connect_only(path).and_then(|connection| version(&connection)) {
        Err(error @ (JournalError::Foreign | JournalError::Newer { .. })) => {
            Err(files::explained(path, error))
        }
        // Everything else is found again by whoever holds the lock.
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> Result<Connection, JournalError> {
    let connection = connect_only(path)?;
    let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", mode)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "FILE")?;
    // What is deleted is overwritten: the data of a row, once it is final.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(connection)
}

/// Connects without changing the file.
fn connect_only(path: &Path) -> Result<Connection, JournalError> {
    connect_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn connect_with(path: &Path, access: OpenFlags) -> Result<Connection, JournalError> {
    // SQLite interprets some relative names as something other than a file.
    let path = std::path::absolute(path).map_err(files::storage)?;
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // The last connection would take the write-ahead log away, also one that is damaged and may be needed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// The version of the schema; `None` for a new file.
fn version(connection: &Connection) -> Result<Option<usize>, JournalError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let found = pragma("user_version")?;
    if pragma("application_id")? != APPLICATION {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return if found == 0 && tables == 0 {
            Ok(None)
        } else {
            Err(JournalError::Foreign)
        };
    }
    match usize::try_from(found) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(Some(version)),
        _ => Err(JournalError::Newer {
            found,
            supported: MIGRATIONS.len() as i32,
        }),
    }
}

fn migrate(write: &Write<'_>, version: usize) -> Result<(), JournalError> {
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    for step in &MIGRATIONS[version..] {
        write.execute_batch(step)?;
    }
    sums::add_all(write)?;
    write.pragma_update(None, "application_id", APPLICATION)?;
    write.pragma_update(None, "user_version", MIGRATIONS.len() as i32)?;
    Ok(())
}

/// Creates a journal; returns its id.
fn create(connection: &Connection, mode: Mode, key: &JournalKey) -> Result<String, JournalError> {
    let id = super::Owner::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
    connection.execute(
        "INSERT INTO journal VALUES (?, ?, ?, 0)",
        (id.as_str(), mode.as_str(), key.text(id.as_str())),
    )?;
    Ok(id.as_str().to_owned())
}

fn last_event(connection: &Connection) -> Result<i64, JournalError> {
    let last = connection.query_row("SELECT coalesce(max(number), 0) FROM event", [], |row| {
        row.get(0)
    });
    Ok(last?)
}

/// The time in milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_on_the_disk_when_it_returns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(SqliteJournal::open(&path, Mode::Hosted).unwrap());
        let connection = connect(&path).unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        // FULL
        assert_eq!(pragma("synchronous").unwrap(), 2);
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
