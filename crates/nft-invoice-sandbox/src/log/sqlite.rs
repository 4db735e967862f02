use std::error::Error as StdError;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use thiserror::Error;

use super::{Entry, WriteError, row};

/// Why a database cannot be opened. The file is left unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Another sandbox is using the database.
    #[error("the database is in use by another sandbox")]
    InUse,
    /// The file is not a sandbox database.
    #[error("the file is not a sandbox database")]
    Foreign,
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

/// An append-only event log in an SQLite file, one row per entry. Written entries survive a killed process. With
/// `synchronous=NORMAL`, a power failure may lose the last entries, but does not corrupt the file.
pub(crate) struct Log {
    /// `None` once the sandbox has stopped.
    connection: Option<Connection>,
}

/// `nfti`, the application id in the file's header.
const APPLICATION: i32 = 0x6e66_7469;
const VERSION: i32 = 1;

const SCHEMA: &str = "
    CREATE TABLE log (number INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
    CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
    CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
";

impl Log {
    /// Opens or creates the file, accessible to its owner only.
    pub(crate) fn open(path: &Path) -> Result<Self, DatabaseError> {
        // SQLite interprets some relative names as something other than a file.
        let path = std::path::absolute(path)?;
        make(&path)?;
        look(&path)?;
        close_to_others(&path)?;

        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        // Locked until the connection is closed, so the WAL index does not need a file.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        if version(&connection)?.is_none() {
            connection.execute_batch(SCHEMA)?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        connection.execute_batch("COMMIT")?;
        let mode = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        connection.pragma_update_and_check(None, "journal_mode", "WAL", mode)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let connection = Some(connection);
        Ok(Self { connection })
    }

    /// Reads all entries in order.
    pub(crate) fn each(&self, mut then: impl FnMut(Entry)) -> Result<(), DatabaseError> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let mut all = connection.prepare("SELECT number, entry FROM log ORDER BY number")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            let text = row.get_ref(1)?.as_str();
            let entry = text
                .map_err(|error| error.to_string())
                .and_then(row::read)
                .map_err(|reason| DatabaseError::Row { number, reason })?;
            then(entry);
        }
        Ok(())
    }

    /// Adds entries, all or none.
    pub(crate) fn write(&mut self, entries: &[Entry]) -> Result<(), WriteError> {
        let Some(connection) = &mut self.connection else {
            return Err(WriteError("the sandbox has stopped".to_owned()));
        };
        add(connection, entries).map_err(|error| WriteError(error.to_string()))
    }

    /// Releases the file; later writes fail.
    pub(crate) fn close(&mut self) {
        self.connection = None;
    }
}

fn add(connection: &mut Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("INSERT INTO log (entry) VALUES (?1)")?;
    for entry in entries {
        insert.execute([row::write(entry)])?;
    }
    drop(insert);
    transaction.commit()
}

/// Creates an empty file that only its owner can read, unless it exists. SQLite gives its companion files the same mode.
fn make(path: &Path) -> Result<(), DatabaseError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// Rejects files that are not sandbox databases. The file is read through SQLite, because closing it in another way
/// would release the lock of a sandbox in this process, and as immutable, so that it is not modified.
fn look(path: &Path) -> Result<(), DatabaseError> {
    if fs::metadata(path)?.len() == 0 {
        return Ok(());
    }
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
    match version(&Connection::open_with_flags(uri, flags)?)? {
        Some(_) => Ok(()),
        None => Err(DatabaseError::Foreign),
    }
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

    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let file = PathBuf::from(name);
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
            _ => Self::Failed(Box::new(error)),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn creates_a_file_that_only_its_owner_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.db");
        make(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        make(&path).unwrap();
    }
}
