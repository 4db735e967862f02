use std::fs::{File, TryLockError};
use std::ops::{Deref, DerefMut};

use super::error::DatabaseError;

/// A file that no other sandbox can use until this is dropped.
pub(super) struct Locked(File);

impl Locked {
    pub(super) fn new(file: File) -> Result<Self, DatabaseError> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(DatabaseError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for Locked {
    /// A process that this one is starting has a copy of the open file for a moment. Closing alone would leave it locked.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}
