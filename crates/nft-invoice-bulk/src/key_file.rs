//! The key of a journal in a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::JournalKey;
use crate::private_file::replace;

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
