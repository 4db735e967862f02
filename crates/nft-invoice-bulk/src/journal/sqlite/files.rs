use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use crate::JournalKey;
use crate::private_file::private;

/// The files beside a journal: its key, its mark, and a lock against a second process.
pub(super) struct Files {
    journal: PathBuf,
    mark: File,
    /// Whether the mark was there before.
    had_mark: bool,
    /// Locked as long as it is open.
    _lock: File,
}

impl Files {
    /// Takes the lock and creates what is missing.
    pub(super) fn open(journal: &Path) -> Result<Self, JournalError> {
        let lock = private(&beside(journal, "lock")).map_err(storage)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse),
            Err(TryLockError::Error(error)) => return Err(storage(error)),
        }
        private(journal).map_err(storage)?;
        let mark_path = beside(journal, "mark");
        let had_mark = mark_path.exists();
        Ok(Self {
            journal: journal.to_owned(),
            mark: private(&mark_path).map_err(storage)?,
            had_mark,
            _lock: lock,
        })
    }

    pub(super) fn key_path(&self) -> PathBuf {
        beside(&self.journal, "key")
    }

    /// Reads the key, or creates it for a new journal.
    pub(super) fn key(&self, is_new: bool) -> Result<JournalKey, JournalError> {
        let path = self.key_path();
        // A new journal takes the key that is there: of a process that ended before it was finished, or of a journal
        // that may come back.
        if is_new && !path.exists() {
            let key =
                JournalKey::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
            key.write(&path).map_err(storage)?;
            return Ok(key);
        }
        let read = JournalKey::read(&path).ok().flatten();
        read.ok_or(JournalError::Key(path))
    }

    /// Compares the last event with the mark.
    pub(super) fn compare_mark(&self, last: i64) -> Result<(), JournalError> {
        let path = beside(&self.journal, "mark");
        if !self.had_mark && last > 0 {
            // What was created just now proves nothing.
            let _ = std::fs::remove_file(&path);
            return Err(JournalError::Mark(path));
        }
        let mark = read_number(&path).map_err(storage)?;
        if last < mark {
            return Err(JournalError::Older { found: last, mark });
        }
        Ok(())
    }

    /// Notes that the event with this number is stored. It need not survive a power failure: a mark that is too low is
    /// harmless.
    pub(super) fn set_mark(&mut self, last: i64) -> Result<(), JournalError> {
        let mut write = || {
            self.mark.seek(SeekFrom::Start(0))?;
            self.mark.write_all(format!("{last:020}\n").as_bytes())
        };
        write().map_err(storage)
    }
}

/// Rejects that there is no journal if there was one: it is the oldest copy of all.
pub(super) fn refuse_lost(journal: &Path) -> Result<(), JournalError> {
    let mark = beside(journal, "mark");
    if !mark.exists() {
        return Ok(());
    }
    match read_number(&mark).map_err(storage)? {
        0 => Ok(()),
        mark => Err(JournalError::Older { found: 0, mark }),
    }
}

pub(super) fn storage(error: io::Error) -> JournalError {
    JournalError::Storage(Box::new(error))
}

fn beside(journal: &Path, extension: &str) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn read_number(path: &Path) -> io::Result<i64> {
    let mut text = String::new();
    File::open(path)?.take(32).read_to_string(&mut text)?;
    match text.trim() {
        "" => Ok(0),
        number => number
            .parse()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the mark is not a number")),
    }
}
