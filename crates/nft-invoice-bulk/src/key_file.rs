//! The key of a journal in a file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::JournalKey;
use crate::private_file::private;

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
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let mut file = private(Path::new(&new))?;
        file.set_len(0)?;
        file.write_all(self.to_hex().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        // Only this makes the name durable; where a folder cannot be opened, the name is durable already.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        match File::open(folder.unwrap_or(Path::new("."))) {
            Ok(folder) => folder.sync_all(),
            Err(_) => Ok(()),
        }
    }
}
