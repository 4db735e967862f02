use std::io;

use thiserror::Error;

use super::head::VERSION;
use super::recover::IntactData;

/// Why a database cannot be opened. The file is left unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Another sandbox is using the database.
    #[error("the database is in use by another sandbox")]
    InUse,
    /// The file is not a sandbox database.
    #[error("the file is not a sandbox database")]
    Foreign,
    /// The file exists and is empty. A sandbox never leaves it so: its contents are lost, or another program created it.
    #[error("the file is empty; delete it to start with a new database")]
    Empty,
    /// The file is damaged, or events are missing at its end.
    #[error("the file is damaged; {}", advice(*.0))]
    Damaged(IntactData),
    /// A newer version of the program wrote the database.
    #[error(
        "the database has version {version}; this program supports versions up to {}",
        VERSION
    )]
    Newer {
        /// The version of the database.
        version: u32,
    },
    /// A row is invalid, although its checksum is right.
    #[error("row {number} cannot be read: {reason}")]
    Row {
        /// The number of the row, beginning with 1.
        number: u64,
        /// Why the row is invalid.
        reason: String,
    },
    /// The operating system reported an error.
    #[error("the file cannot be opened")]
    Failed(#[from] io::Error),
}

/// What is left of a damaged database, and how to keep it.
fn advice(left: IntactData) -> String {
    match left.events {
        0 => "no event in it is intact; delete it to start with a new database".to_owned(),
        _ => format!(
            "intact before the damage: {left}; to keep them, copy them to a new file with `recover_database` or \
             `nft-invoice sandbox recover`"
        ),
    }
}
