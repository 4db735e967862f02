use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use crate::JournalKey;

/// The files beside a journal: its key, its mark, and a lock against a second process.
pub(super) struct Files {
    journal: PathBuf,
    mark: File,
    /// Locked as long as it is open.
    _lock: File,
}

impl Files {
    /// Takes the lock and creates what is missing; returns whether the journal is new.
    pub(super) fn open(journal: &Path) -> Result<(Self, bool), JournalError> {
        let lock = private(&beside(journal, "lock")).map_err(storage)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse),
            Err(TryLockError::Error(error)) => return Err(storage(error)),
        }
        let length = match std::fs::metadata(journal) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(storage(error)),
        };
        let mark_path = beside(journal, "mark");
        // A process can end after it has created the file.
        let is_new = length == 0 && !mark_path.exists();
        if length == 0 && !is_new {
            return Err(JournalError::Older {
                found: 0,
                mark: read_number(&mark_path).map_err(storage)?,
            });
        }
        if !is_new && !mark_path.exists() {
            return Err(JournalError::Mark(mark_path));
        }
        private(journal).map_err(storage)?;
        let files = Self {
            journal: journal.to_owned(),
            mark: private(&mark_path).map_err(storage)?,
            _lock: lock,
        };
        Ok((files, is_new))
    }

    pub(super) fn key_path(&self) -> PathBuf {
        beside(&self.journal, "key")
    }

    /// Reads the key, or creates it for a new journal.
    pub(super) fn key(&self, is_new: bool) -> Result<JournalKey, JournalError> {
        let path = self.key_path();
        if is_new {
            let key =
                JournalKey::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
            let mut file = private(&path).map_err(storage)?;
            file.set_len(0).map_err(storage)?;
            file.write_all(key.to_hex().as_bytes()).map_err(storage)?;
            file.sync_all().map_err(storage)?;
            return Ok(key);
        }
        let mut text = zeroize::Zeroizing::new(String::with_capacity(128));
        let read = File::open(&path).and_then(|file| file.take(128).read_to_string(&mut text));
        read.ok()
            .and_then(|_| JournalKey::from_hex(&text))
            .ok_or(JournalError::Key(path))
    }

    /// Compares the last event with the mark.
    pub(super) fn compare_mark(&self, last: i64, is_new: bool) -> Result<(), JournalError> {
        let path = beside(&self.journal, "mark");
        let mark = if is_new {
            0
        } else {
            read_number(&path).map_err(storage)?
        };
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

/// Opens or creates a file that only its owner can read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
