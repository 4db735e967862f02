//! Files that a command writes.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::journal::{Place, shown};
use crate::exit::Failure;

/// A file that is written beside the one that it replaces, and takes its name once it is complete. Until then, and
/// after a failure, the other one is as it was.
pub struct NewFile {
    path: PathBuf,
    new: New,
}

enum New {
    Beside(NamedTempFile),
    /// What cannot be replaced, such as a pipe or a terminal.
    Device(File),
}

impl NewFile {
    /// Begins a file, which only its owner can read. `is_replaced` decides by the beginning of a file that exists, and is
    /// not empty, whether it can be replaced.
    ///
    /// # Errors
    ///
    /// If the folder or the existing file cannot be written, or is not replaced.
    pub fn create(path: &Path, is_replaced: impl FnOnce(&[u8]) -> bool) -> io::Result<Self> {
        let metadata = match path.metadata() {
            // A link to nothing is not known to be one to a file.
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => None,
            metadata => Some(metadata?),
        };
        let mut path = path.to_owned();
        if let Some(metadata) = metadata {
            // A file that must not be written is not replaced either.
            let file = OpenOptions::new().write(true).open(&path)?;
            if !metadata.is_file() {
                let new = New::Device(file);
                return Ok(Self { path, new });
            }
            // A link stays, and what it names is replaced.
            path = path.canonicalize()?;
            let start = start(&path)?;
            if !start.is_empty() && !is_replaced(&start) {
                return Err(io::Error::new(
                    ErrorKind::AlreadyExists,
                    "it contains something that this command has not written. Give another name",
                ));
            }
        }
        let mut prefix = OsString::from(".");
        prefix.push(path.file_name().unwrap_or_default());
        prefix.push(".");
        // Only its owner can read it.
        let new = tempfile::Builder::new()
            .prefix(&prefix)
            .tempfile_in(folder(&path))?;
        let new = New::Beside(new);
        Ok(Self { path, new })
    }

    /// Gives the file its name.
    pub fn finish(self) -> io::Result<()> {
        match self.new {
            New::Beside(file) => {
                file.as_file().sync_all()?;
                file.persist(&self.path)?;
                Ok(())
            }
            New::Device(mut file) => file.flush(),
        }
    }

    /// Gives the file its name. One that exists with other contents is kept under the first free name of `FILE.1`,
    /// `FILE.2` and so on, which is returned.
    pub fn finish_beside(self) -> io::Result<Option<PathBuf>> {
        let mut kept = None;
        if let New::Beside(file) = &self.new
            && self.path.exists()
            && !is_equal(file.path(), &self.path)?
        {
            let free = free_name(&self.path)?;
            std::fs::rename(&self.path, &free)?;
            kept = Some(free);
        }
        self.finish()?;
        Ok(kept)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.new {
            New::Beside(file) => file.write(bytes),
            New::Device(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.new {
            New::Beside(file) => file.flush(),
            New::Device(file) => file.flush(),
        }
    }
}

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

/// The failure of a file that cannot be written.
pub fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot write {}: {error}", shown(path)))
}

fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The beginning of a file.
fn start(path: &Path) -> io::Result<Vec<u8>> {
    /// Longer than the first line of any output.
    const LIMIT: u64 = 1024 * 1024;
    let mut start = Vec::new();
    File::open(path)?.take(LIMIT).read_to_end(&mut start)?;
    Ok(start)
}

/// Whether two files have the same contents.
fn is_equal(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let mut others = BufReader::new(other).bytes();
    for byte in BufReader::new(one).bytes() {
        if others.next().transpose()? != Some(byte?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first of `FILE.1`, `FILE.2` and so on that does not exist.
fn free_name(path: &Path) -> io::Result<PathBuf> {
    for number in 1.. {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        match Path::new(&name).symlink_metadata() {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(name.into()),
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}
