use std::error::Error as StdError;
use std::path::PathBuf;

use super::Loaded;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process uses the journal.
    #[error("another process uses the journal")]
    InUse,
    /// The file is not a journal.
    #[error("the file is not a journal of bulk creation")]
    Foreign,
    /// A newer version of the program wrote the journal.
    #[error("the journal has version {found}; this program supports versions up to {supported}")]
    Newer {
        /// The version of the journal.
        found: i32,
        /// The highest version that can be read.
        supported: i32,
    },
    /// The journal is older than it was: it was restored from a copy, perhaps. What was sent since is not in it.
    #[error(
        "the journal ends with event {found}, and event {mark} was stored before: it is an older copy, or the file beside \
         it whose name ends with -wal is missing or damaged. Rows that were sent since look unsent. Bring the newer files \
         back"
    )]
    Older {
        /// The last event in the journal.
        found: i64,
        /// The last event that was stored.
        mark: i64,
    },
    /// The file with the journal's mark is missing.
    #[error("the file {} is missing. It shows that the journal is not an older copy: bring it back", .0.display())]
    Mark(PathBuf),
    /// The file with the journal's mark is empty or damaged.
    #[error(
        "the file {} contains no number. It shows that the journal is not an older copy: bring it back, or write 0 into \
         it if the journal is certainly no copy",
        .0.display()
    )]
    MarkUnreadable(PathBuf),
    /// The journal was opened for reading only.
    #[error("the journal is open for reading only")]
    ReadOnly,
    /// The key file is missing or belongs to another journal.
    #[error("the key of the journal is not in {}. Without it the rows of an input cannot be recognized", .0.display())]
    Key(PathBuf),
    /// The journal is for rows of the other mode.
    #[error("the journal is for {0} invoices")]
    OtherMode(nft_invoice::Mode),
    /// The key belongs to another journal.
    #[error("the key does not belong to this journal")]
    WrongKey,
    /// The address of a database cannot be used.
    #[error("the address of the database cannot be used: {0}")]
    Address(String),
    /// The server of the database cannot be reached, or does not accept the connection.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The database was restored, or another server has taken over: what was sent since may be missing in it.
    #[error(
        "the database was restored from a copy, or another server has taken over. What was sent since may be missing in \
         the journal, so nothing is sent before a reconciliation"
    )]
    Restored,
    /// The input has new rows, or misses some of its own, and the journal has other rows.
    #[error(
        "the journal has other rows than this input, so nothing of it was stored or sent. Rows of the input: {} known, {} \
         new, {} invalid. Rows of the journal that are missing in it: {}",
        .0.known, .0.new, .0.invalid, .0.missing
    )]
    RowsMissing(Loaded),
    /// The input cannot be read.
    #[error("the input cannot be read")]
    Input(#[source] std::io::Error),
    /// What is stored cannot be understood.
    #[error("row {row} of the journal is damaged: {reason}")]
    Damaged {
        /// The number of the row.
        row: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// An earlier write failed, so that nothing is certain any more.
    #[error("the journal failed before")]
    Failed,
    /// The database or the disk reported an error.
    #[error("the journal cannot be read or written")]
    Storage(#[source] Box<dyn StdError + Send + Sync>),
}
