//! The database: an append-only file of text.
//!
//! Behind the two heads, each line is a row: its checksum in hex, and a JSON array with the entries of one write, which are
//! therefore stored all or none. A checksum covers all rows up to its own. The heads name the last acknowledged row, so that
//! a file whose end is missing is noticed.

mod checksum_chain;
mod error;
mod head;
mod locked;
mod recover;

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::checksum_chain::Link;
use self::locked::Locked;
use crate::gateway::Rejection;
use crate::store::entry::Entry;

pub use error::DatabaseError;
pub use recover::{IntactData, recover_database};

/// The open database of a running sandbox.
pub(crate) struct Database {
    /// If it cannot be used any more: why.
    file: Result<Locked, &'static str>,
    last: Link,
    /// Where the next row begins.
    end: u64,
}

/// The database could not be written, so nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("the database could not be written, so nothing was changed: {cause}")]
pub struct WriteError {
    pub(crate) cause: String,
}

impl Database {
    /// Opens or creates the file, accessible to its owner only, and reads all entries in order. A file that is rejected is
    /// left unchanged.
    pub(crate) fn open(path: &Path, mut then: impl FnMut(Entry)) -> Result<Self, DatabaseError> {
        let mut file = open_or_create(path)?;
        let head = head::read(&mut file)?;
        let mut is_complete = head == Link::default();
        let (last, end) = checksum_chain::read(&file, |row, entries| {
            is_complete |= row == head;
            let number = row.number;
            let entries = Entry::from_json(entries)
                .map_err(|reason| DatabaseError::Row { number, reason })?;
            entries.into_iter().for_each(&mut then);
            Ok(())
        })?;
        if !is_complete {
            return Err(DatabaseError::Damaged(IntactData::of(&file)?));
        }
        close_to_others(&file)?;
        // What follows the last row is part of a write that was interrupted.
        file.set_len(end)?;
        head::write(&mut file, last)?;
        Ok(Self {
            file: Ok(file),
            last,
            end,
        })
    }

    /// Adds entries, all or none. They are on the disk when this returns.
    pub(crate) fn write(&mut self, entries: &[Entry]) -> Result<(), WriteError> {
        let not_written = |cause: &dyn ToString| WriteError {
            cause: cause.to_string(),
        };
        let file = self.file.as_mut().map_err(|why| not_written(why))?;
        let entries = Entry::to_json(entries);
        let last = self.last.next(&entries);
        let line = last.line(&entries);
        if let Err(error) = append(file, self.end, &line, last) {
            if undo(file, self.end, self.last).is_err() {
                self.file = Err("an earlier write could not be undone; restart the sandbox");
            }
            return Err(not_written(&error));
        }
        self.last = last;
        self.end += line.len() as u64;
        Ok(())
    }

    /// Releases the file; later writes fail.
    pub(crate) fn close(&mut self) {
        self.file = Err("the sandbox has stopped");
    }
}

/// Writes a row, then the head that acknowledges it.
fn append(file: &mut File, end: u64, line: &str, last: Link) -> io::Result<()> {
    file.seek(SeekFrom::Start(end))?;
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    head::write(file, last)
}

/// Removes what a failed write may have left.
fn undo(file: &mut File, end: u64, last: Link) -> io::Result<()> {
    head::restore(file, last)?;
    file.set_len(end)?;
    file.sync_all()
}

/// Opens the file and locks it, after it was created if it does not exist.
fn open_or_create(path: &Path) -> Result<Locked, DatabaseError> {
    if !fs::exists(path)? {
        create(path)?;
    }
    Locked::new(open_file(path, OpenOptions::new().read(true).write(true))?)
}

/// Creates a database without rows, unless another sandbox does so at the same time. It gets its name when it is complete:
/// an empty file is one whose contents are lost.
fn create(path: &Path) -> io::Result<()> {
    // No other program can have prepared a file or a link with this name.
    let new = companion(
        path,
        &format!("-new-{:016x}", RandomState::new().hash_one(())),
    );
    let created = owners_only()
        .create_new(true)
        .open(&new)
        .and_then(|mut file| head::write_new(&mut file))
        .and_then(|()| match fs::hard_link(&new, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => sync_folder(path),
        });
    let _ = fs::remove_file(new);
    created
}

/// Opens a file, and nothing else: a pipe would wait, and a device may never end.
fn open_file(path: &Path, options: &OpenOptions) -> Result<File, DatabaseError> {
    match fs::metadata(path)?.is_file() {
        true => Ok(options.open(path)?),
        false => Err(DatabaseError::Foreign),
    }
}

/// For a file that only its owner can read.
fn owners_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Removes the permissions of other users.
#[cfg(unix)]
fn close_to_others(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata()?.permissions().mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => file.set_permissions(fs::Permissions::from_mode(mode & 0o700)),
    }
}

#[cfg(not(unix))]
fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// Only this makes the name of a new file durable on Unix; elsewhere a folder cannot be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match File::open(folder.unwrap_or(Path::new("."))) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

/// The path of a file that belongs to the database.
fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl From<WriteError> for Rejection {
    fn from(error: WriteError) -> Self {
        Self::http(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}
