//! The key of a journal in a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::JournalKey;
use crate::private_file::{create, replace};

impl JournalKey {
    /// Reads the key in the file `path`; `None` if it contains none.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut text = Zeroizing::new(String::with_capacity(128));
        File::open(path)?.take(128).read_to_string(&mut text)?;
        Ok(Self::from_hex(&text))
    }

    /// Writes the key to the new file `path`, which only its owner can read. Returns false if the file exists, also if
    /// another process creates it at the same time. After any crash the file is complete or missing.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn create(&self, path: &Path) -> io::Result<bool> {
        create(path, self.to_hex().as_bytes())
    }

    /// Writes the key to the file `path`, which only its owner can read. After any crash the file is complete or
    /// missing.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        replace(path, self.to_hex().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_processes_creates_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let (one, other) = (JournalKey::random().unwrap(), JournalKey::random().unwrap());
        assert!(one.create(&path).unwrap());
        assert!(!other.create(&path).unwrap(), "it replaces the first");
        let read = JournalKey::read(&path).unwrap().unwrap();
        assert_eq!(read.to_hex(), one.to_hex());
        let files = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(files.count(), 1, "a temporary file is left");
    }
}
