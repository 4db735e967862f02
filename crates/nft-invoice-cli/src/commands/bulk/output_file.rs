//! Files that a command writes.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::journal::{Place, shown};
use crate::exit::Failure;

/// Rejects a file that is the journal, or one of those beside it.
pub fn check(file: &Path, journal: &Place) -> Result<(), Failure> {
    let Place::File(journal) = journal else {
        return Ok(());
    };
    const BESIDE: [&str; 6] = ["", ".key", ".mark", ".lock", "-wal", "-shm"];
    let is_journal = BESIDE.iter().any(|ending| {
        let mut name = journal.as_os_str().to_owned();
        name.push(ending);
        is_same(file, Path::new(&name))
    });
    if is_journal {
        let name = shown(file);
        return Err(Failure::usage(format!(
            "{name} belongs to the journal and is not overwritten: give another file"
        )));
    }
    Ok(())
}

/// Whether two names are of one file that exists, or are the same.
pub fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Creates or replaces a file, which only its owner can read if it is new.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
