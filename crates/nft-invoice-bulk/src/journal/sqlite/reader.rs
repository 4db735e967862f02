use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use nft_invoice::Mode;
use rusqlite::{Connection, OpenFlags};

use super::files::{compare_mark, explained, is_idle, key_path, read_key, refuse_lost};
use super::{Identity, connect_with, last_event, stored, sums, version};
use crate::JournalKey;
use crate::journal::{
    Counts, Journal, JournalError, Loaded, Source, StoredRow, Timeline, Transaction, Written,
};
use crate::lifecycle::State;

/// A journal in an SQLite file, for reading, also while a run uses it.
///
/// It takes no lock and changes nothing. Of the rows that it returns it compares the checksums. Rows in flight are shown as unknown if no process uses the journal.
pub struct SqliteReader {
    path: PathBuf,
    mode: Mode,
    key: JournalKey,
    connection: Arc<Mutex<Connection>>,
}

impl SqliteReader {
    /// Opens the journal in the file `path`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the file is not a journal, its key is missing, it is older than it was, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Option<Self>, JournalError> {
        if !path.exists() {
            return refuse_lost(path).map(|()| None);
        }
        let connection = connect_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version = version(&connection).map_err(|error| explained(path, error))?;
        if version.is_none() {
            return refuse_lost(path).map(|()| None);
        }
        let Identity {
            id,
            mode,
            key_check,
        } = Identity::read(&connection)?;
        let key = read_key(path)?;
        if key.text(&id) != key_check {
            return Err(JournalError::Key(key_path(path)));
        }
        check_age(path, &connection)?;
        sums::add_function(&connection, &key)?;
        Ok(Some(Self {
            path: path.to_owned(),
            mode,
            key,
            connection: Arc::new(Mutex::new(connection)),
        }))
    }

    /// Runs `work` in a transaction on a thread for blocking work. It gets whether no process uses the journal.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, bool) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let connection = Arc::clone(&self.connection);
        let path = self.path.clone();
        let read = move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            // First, since a process that ends later may have left rows in flight that it has finished.
            let is_gone = is_idle(&path);
            let snapshot = connection.transaction()?;
            work(&snapshot, is_gone)
        };
        tokio::task::spawn_blocking(read)
            .await
            .unwrap_or(Err(JournalError::Failed))
    }
}

/// Compares the last event with the mark while a run can be writing both.
fn check_age(path: &Path, connection: &Connection) -> Result<(), JournalError> {
    // A mark that is read while it is written can be a mixture of two.
    const TRIES: usize = 3;
    let mut compared = Ok(());
    for _ in 0..TRIES {
        compared = compare_mark(path, || last_event(connection));
        if compared.is_ok() {
            break;
        }
    }
    compared
}

#[async_trait]
impl Journal for SqliteReader {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn key(&self) -> &JournalKey {
        &self.key
    }

    async fn load(&self, _: Box<dyn Source>, _: bool) -> Result<Loaded, JournalError> {
        Err(JournalError::ReadOnly)
    }

    async fn begin(&self) -> Result<(), JournalError> {
        Err(JournalError::ReadOnly)
    }

    async fn transact(&self, _: Transaction) -> Result<Written, JournalError> {
        Err(JournalError::ReadOnly)
    }

    async fn check(&self) -> Result<(), JournalError> {
        self.read(|read, _| stored::check(read)).await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        self.read(stored::counts).await
    }

    async fn timeline(&self) -> Result<Timeline, JournalError> {
        self.read(|read, _| stored::timeline(read)).await
    }

    async fn rows(
        &self,
        states: &[State],
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, JournalError> {
        let (states, mode) = (states.to_vec(), self.mode);
        self.read(move |read, is_gone| stored::rows(read, mode, &states, (after, limit), is_gone))
            .await
    }
}

impl fmt::Debug for SqliteReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteReader")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
