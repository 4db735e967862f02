mod chain;
mod recover;

use std::error::Error as StdError;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use thiserror::Error;

use self::chain::Link;
use super::WriteError;
use crate::store::entry::Entry;

pub use recover::{IntactData, recover_database};

/// Why a database cannot be opened. The file is left unchanged, except that an interrupted write is undone.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Another sandbox is using the database.
    #[error("the database is in use by another sandbox")]
    InUse,
    /// The file is not a sandbox database.
    #[error("the file is not a sandbox database")]
    Foreign,
    /// The file exists and is empty. A sandbox never leaves it so: its contents are lost, or another program created it.
    #[error("the file is empty; delete it to start with a new database")]
    Empty,
    /// The file is damaged, or events are missing at its end.
    #[error("the file is damaged; {}", advice(*.0))]
    Damaged(IntactData),
    /// A newer version of the program wrote the database.
    #[error(
        "the database has version {version}; this program supports versions up to {}",
        VERSION
    )]
    Newer {
        /// The version of the database.
        version: i32,
    },
    /// A row is invalid.
    #[error("row {number} cannot be read: {reason}")]
    Row {
        /// The number of the row in the table `log`.
        number: i64,
        /// Why the row is invalid.
        reason: String,
    },
    /// The operating system or SQLite reported an error.
    #[error("the file cannot be opened")]
    Failed(#[source] Box<dyn StdError + Send + Sync>),
}

/// An append-only event log in an SQLite file, one row per entry.
///
/// Each row has a checksum that covers all rows up to it, and the table `head` has the number and the checksum of the last
/// row. Entries and head are written in one transaction with a rollback journal, and are on the disk when it ends.
pub(crate) struct Log {
    /// `None` once the sandbox has stopped.
    connection: Option<Connection>,
    last: Link,
}

/// `nfti`, the application id in the file's header.
const APPLICATION: i32 = 0x6e66_7469;
const VERSION: i32 = 1;

const SCHEMA: &str = "
    CREATE TABLE log (number INTEGER PRIMARY KEY, entry TEXT NOT NULL, checksum BLOB NOT NULL) STRICT;
    CREATE TABLE head (number INTEGER NOT NULL, checksum BLOB NOT NULL) STRICT;
    INSERT INTO head VALUES (0, zeroblob(32));
";

impl Log {
    /// Opens or creates the file, accessible to its owner only, and reads all entries in order.
    pub(crate) fn open(path: &Path, then: impl FnMut(Entry)) -> Result<Self, DatabaseError> {
        // SQLite interprets some relative names as something other than a file.
        let path = std::path::absolute(path)?;
        make(&path)?;
        let opened = look(&path).and_then(|()| {
            close_to_others(&path)?;
            let connection = Self::connect(&path)?;
            let last = verify(&connection, then)?;
            let connection = Some(connection);
            Ok(Self { connection, last })
        });
        opened.map_err(|error| match error {
            DatabaseError::Damaged(_) | DatabaseError::Foreign => {
                let left = IntactData::of(&recover::intact(&path));
                // No other program writes rows with these checksums.
                match left.events == 0 && matches!(error, DatabaseError::Foreign) {
                    true => error,
                    false => DatabaseError::Damaged(left),
                }
            }
            other => other,
        })
    }

    /// Locks the file, undoes an interrupted write, and creates the tables unless they exist.
    fn connect(path: &Path) -> Result<Connection, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        // Locked until the connection is closed.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", mode)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        if version(&connection)?.is_none() {
            connection.execute_batch(SCHEMA)?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        connection.execute_batch("COMMIT")?;
        match fs::remove_file(companion(path, NEW)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(connection),
        }
    }

    /// Adds entries, all or none.
    pub(crate) fn write(&mut self, entries: &[Entry]) -> Result<(), WriteError> {
        let Some(connection) = &mut self.connection else {
            let cause = "the sandbox has stopped".to_owned();
            return Err(WriteError { cause });
        };
        let mut add = || {
            let transaction = connection.transaction()?;
            let last = chain::append(&transaction, self.last, entries.iter().map(Entry::to_json))?;
            transaction.commit()?;
            Ok(last)
        };
        self.last = add().map_err(|error: rusqlite::Error| WriteError {
            cause: error.to_string(),
        })?;
        Ok(())
    }

    /// Releases the file; later writes fail.
    pub(crate) fn close(&mut self) {
        self.connection = None;
    }
}

/// Reads all entries, checks the whole file, and returns the last row.
fn verify(connection: &Connection, mut then: impl FnMut(Entry)) -> Result<Link, DatabaseError> {
    let last = chain::read(connection, |number, entry| {
        then(Entry::from_json(entry).map_err(|reason| DatabaseError::Row { number, reason })?);
        Ok(())
    });
    let last = last.map_err(|error| match error {
        DatabaseError::Row { .. } => error,
        _ => DatabaseError::damaged(),
    })?;
    // The structure that the rows do not show, such as the keys in which SQLite searches for the place of a new row.
    let check = connection.pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0));
    match (check.as_deref(), Link::head(connection)) {
        (Ok("ok"), Ok(head)) if head == last => Ok(last),
        _ => Err(DatabaseError::damaged()),
    }
}

/// The ending of a file that exists while a database is being created. Only then may the database be empty.
const NEW: &str = "-new";

/// The path of a file that belongs to the database.
fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Creates an empty database file, unless it exists.
fn make(path: &Path) -> Result<(), DatabaseError> {
    let new = companion(path, NEW);
    // Before and after, as another sandbox may begin or finish meanwhile.
    let creating = new.exists();
    match fs::metadata(path) {
        Ok(found) if found.len() == 0 && !creating && !new.exists() => Err(DatabaseError::Empty),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            for file in [&*new, path] {
                match create_file(file) {
                    // Another sandbox creates the same database: one of the two gets the lock.
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                        return Err(error.into());
                    }
                    _ => {}
                }
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Creates an empty file that only its owner can read. SQLite gives the rollback journal the same mode.
fn create_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Rejects files that are not sandbox databases.
fn look(path: &Path) -> Result<(), DatabaseError> {
    if fs::metadata(path)?.len() == 0 {
        return Ok(());
    }
    match version(&read_only(path)?)? {
        Some(_) => Ok(()),
        None => Err(DatabaseError::Foreign),
    }
}

/// Opens a file that may not be ours, or damaged, or in the middle of an interrupted write. It is read through SQLite, because closing it in another way would
/// release the lock of a sandbox in this process, and as immutable, so that it is not modified.
fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri += "?immutable=1";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    // Lets SQLite read a file that has been cut, or whose schema is damaged.
    connection.pragma_update(None, "writable_schema", true)?;
    Ok(connection)
}

/// The version of the database; `None` if it is empty.
fn version(connection: &Connection) -> Result<Option<i32>, DatabaseError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    match (application, version) {
        (0, 0) => {
            let count = "SELECT count(*) FROM sqlite_master";
            let tables: i64 = connection.query_row(count, [], |row| row.get(0))?;
            if tables == 0 {
                Ok(None)
            } else {
                Err(DatabaseError::Foreign)
            }
        }
        (APPLICATION, 1..=VERSION) => Ok(Some(version)),
        (APPLICATION, version) if version > VERSION => Err(DatabaseError::Newer { version }),
        _ => Err(DatabaseError::Foreign),
    }
}

/// Removes the permissions of other users on the file and its companion files.
#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), DatabaseError> {
    use std::os::unix::fs::PermissionsExt;

    for ending in ["", "-journal", NEW] {
        let file = companion(path, ending);
        let mode = match fs::metadata(&file) {
            Ok(found) => found.permissions().mode(),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        if mode & 0o077 != 0 {
            let owners = fs::Permissions::from_mode(mode & 0o700);
            fs::set_permissions(file, owners)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<(), DatabaseError> {
    Ok(())
}

/// What is left of a damaged database, and how to keep it.
fn advice(left: IntactData) -> String {
    match left.events {
        0 => "no event in it is intact; delete it to start with a new database".to_owned(),
        _ => format!(
            "intact before the damage: {left}; to keep them, copy them to a new file with `recover_database` or \
             `nft-invoice sandbox recover`"
        ),
    }
}

impl DatabaseError {
    /// What is left is filled in by [`Log::open`].
    fn damaged() -> Self {
        Self::Damaged(IntactData::default())
    }
}

impl From<std::io::Error> for DatabaseError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            Some(ErrorCode::DatabaseCorrupt) => Self::damaged(),
            _ => Self::Failed(Box::new(error)),
        }
    }
}
