use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nft_invoice::Mode;

use super::JournalError;
use crate::JournalKey;
use crate::private_file::{private, replace};

/// The files beside a journal: its key, its mark, and a lock against a second process.
pub(super) struct Files {
    journal: PathBuf,
    /// Open once it was [compared](Self::compare_mark).
    mark: Option<File>,
    /// Whether the mark is to survive a power failure: with cards, after which nothing else shows what was sent.
    syncs_mark: bool,
    /// Locked as long as it is open.
    _lock: File,
}

impl Files {
    /// Takes the lock and creates what is missing.
    pub(super) fn open(journal: &Path, mode: Mode) -> Result<Self, JournalError> {
        let lock = private(&beside(journal, "lock")).map_err(storage)?;
        take(&lock)?;
        let file = private(journal).map_err(storage)?;
        restrict_empty(&file).map_err(storage)?;
        Ok(Self {
            journal: journal.to_owned(),
            mark: None,
            syncs_mark: mode == Mode::S2s,
            _lock: lock,
        })
    }

    pub(super) fn key_path(&self) -> PathBuf {
        key_path(&self.journal)
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
        read_key(&self.journal)
    }

    /// Compares the last event with the mark, and creates a mark for a journal without events.
    pub(super) fn compare_mark(&mut self, last: i64) -> Result<(), JournalError> {
        compare_mark(&self.journal, || Ok(last))?;
        let path = beside(&self.journal, "mark");
        if !path.exists() {
            replace(&path, mark_text(last).as_bytes()).map_err(storage)?;
        }
        self.mark = Some(private(&path).map_err(storage)?);
        Ok(())
    }

    /// Notes that the event with this number is stored. As the mark has always the same length, it cannot become empty.
    ///
    /// A mark that is too low is harmless as long as the write-ahead log is whole. If a power failure damages that, too,
    /// the events at its end are gone without a trace: hosted rows are created again, which charges nobody.
    pub(super) fn set_mark(&mut self, last: i64) -> Result<(), JournalError> {
        let mark = self.mark.as_mut().ok_or(JournalError::Failed)?;
        let mut write = || {
            mark.seek(SeekFrom::Start(0))?;
            mark.write_all(mark_text(last).as_bytes())?;
            if self.syncs_mark {
                mark.sync_data()?;
            }
            Ok(())
        };
        write().map_err(storage)
    }
}

/// Rejects that there is no journal if there was one: it is the oldest copy of all.
pub(super) fn refuse_lost(journal: &Path) -> Result<(), JournalError> {
    match read_mark(journal)? {
        None | Some(0) => Ok(()),
        Some(mark) => Err(JournalError::Older { found: 0, mark }),
    }
}

/// The error of a file that is no journal, although its mark shows that it was one.
pub(super) fn explained(journal: &Path, error: JournalError) -> JournalError {
    match error {
        JournalError::Foreign if matches!(read_mark(journal), Ok(Some(1..))) => {
            JournalError::Storage(
                "the file's header is damaged, or another file has taken its place".into(),
            )
        }
        error => error,
    }
}

pub(super) fn key_path(journal: &Path) -> PathBuf {
    beside(journal, "key")
}

/// Reads the key of a journal.
pub(super) fn read_key(journal: &Path) -> Result<JournalKey, JournalError> {
    let path = key_path(journal);
    let read = JournalKey::read(&path).ok().flatten();
    read.ok_or(JournalError::Key(path))
}

/// Compares the last event with the mark. The mark is read first, so that it is not newer if a process is writing.
pub(super) fn compare_mark(
    journal: &Path,
    last: impl FnOnce() -> Result<i64, JournalError>,
) -> Result<(), JournalError> {
    let mark = read_mark(journal)?;
    let last = last()?;
    match mark {
        None if last > 0 => Err(JournalError::Mark(beside(journal, "mark"))),
        Some(mark) if last < mark => Err(JournalError::Older { found: last, mark }),
        _ => Ok(()),
    }
}

/// Reads the mark; `None` if there is none.
fn read_mark(journal: &Path) -> Result<Option<i64>, JournalError> {
    let path = beside(journal, "mark");
    let mut bytes = Vec::new();
    match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.and_then(|file| file.take(32).read_to_end(&mut bytes)),
    }
    .map_err(storage)?;
    let number = str::from_utf8(&bytes).ok().map(str::trim);
    match number.and_then(|number| number.parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(JournalError::MarkUnreadable(path)),
    }
}

/// Whether no process has the journal open for writing.
pub(super) fn is_idle(journal: &Path) -> bool {
    match File::open(beside(journal, "lock")) {
        Ok(lock) => lock.try_lock_shared().is_ok(),
        Err(_) => true,
    }
}

/// Takes the lock.
fn take(lock: &File) -> Result<(), JournalError> {
    /// Whoever reads a journal holds the lock for a moment, to see whether it is in use.
    const TRIES: u32 = 5;
    for attempt in 1.. {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempt < TRIES => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse),
            Err(TryLockError::Error(error)) => return Err(storage(error)),
        }
    }
    Ok(())
}

/// Lets only its owner read a file that is still empty, whoever has created it.
fn restrict_empty(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if file.metadata()?.len() == 0 {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(permissions)?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn mark_text(last: i64) -> String {
    format!("{last:020}\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_mark_of_cards_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, is_synced) in [(Mode::S2s, true), (Mode::Hosted, false)] {
            let files = Files::open(&folder.path().join(mode.as_str()), mode).unwrap();
            assert_eq!(files.syncs_mark, is_synced);
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_empty_file_that_becomes_a_journal_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("j");
        std::fs::write(&journal, "").unwrap();
        std::fs::set_permissions(&journal, PermissionsExt::from_mode(0o644)).unwrap();
        drop(Files::open(&journal, Mode::Hosted).unwrap());
        let mode = journal.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_mark_that_is_written_meanwhile_is_not_compared_with_an_earlier_event() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("j");
        let mark = beside(&journal, "mark");
        std::fs::write(&mark, mark_text(5)).unwrap();
        let compared = compare_mark(&journal, || {
            std::fs::write(&mark, mark_text(6)).unwrap();
            Ok(5)
        });
        compared.unwrap();
        assert!(matches!(
            compare_mark(&journal, || Ok(5)),
            Err(JournalError::Older { found: 5, mark: 6 })
        ));
    }
}
