use std::path::{Path, PathBuf};
use std::sync::Arc;

use nft_invoice::Mode;
use nft_invoice_bulk::journal::JournalError;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;

use crate::exit::{Exit, Failure};
use crate::output::{self, note, plain};
use crate::settings::variable;

/// The journal of a command.
#[derive(clap::Args)]
pub struct JournalArgs {
    /// File with the journal, or NFT_INVOICE_JOURNAL. Files with its key, mark and lock are beside it
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl JournalArgs {
    pub fn path(&self) -> Result<PathBuf, Failure> {
        let path = match &self.journal {
            Some(path) => path.clone(),
            None => variable("NFT_INVOICE_JOURNAL")?
                .map(PathBuf::from)
                .ok_or_else(|| {
                    Failure::usage("no journal: give --journal FILE or set NFT_INVOICE_JOURNAL")
                })?,
        };
        let text = path.to_string_lossy();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Err(Failure::usage(
                "this version supports journals in a file only, no PostgreSQL",
            ));
        }
        Ok(path)
    }

    /// Opens a journal that exists.
    pub fn open(&self) -> Result<Opened, Failure> {
        let path = self.path()?;
        match SqliteJournal::mode_of(&path) {
            Ok(Some(mode)) => Opened::new(path, mode),
            Ok(None) => Err(Failure::usage(format!(
                "there is no journal {}. `nft-invoice bulk run` creates it",
                shown(&path)
            ))),
            Err(error) => Ok(Opened::Failed(failed(&path, &error))),
        }
    }
}

/// A journal, or the exit code of the failure that was reported.
pub enum Opened {
    Journal(Arc<SqliteJournal>, PathBuf),
    Failed(Exit),
}

impl Opened {
    pub fn new(path: PathBuf, mode: Mode) -> Result<Self, Failure> {
        Ok(match SqliteJournal::open(&path, mode) {
            Ok(journal) => Self::Journal(Arc::new(journal), path),
            Err(error) => Self::Failed(failed(&path, &error)),
        })
    }
}

/// Reports a journal that cannot be used.
pub fn failed(path: &Path, error: &JournalError) -> Exit {
    note(format_args!(
        "error: {}: {}",
        shown(path),
        output::chain(error)
    ));
    match error {
        JournalError::InUse => note("Wait until the other command has ended."),
        JournalError::OtherMode(mode) => {
            note(format_args!("Add --mode {mode}, or use another journal."))
        }
        JournalError::RowsMissing(_) => {
            note(
                "If the rest of the rows is to stay as it is, add --add. Otherwise run the input that it came from.",
            );
        }
        JournalError::Input(_) | JournalError::Foreign | JournalError::Newer { .. } => {}
        _ => note("Nothing more was sent. Keep the journal and the files beside it."),
    }
    match error {
        JournalError::InUse
        | JournalError::OtherMode(_)
        | JournalError::RowsMissing(_)
        | JournalError::Input(_)
        | JournalError::Foreign
        | JournalError::Newer { .. } => Exit::Usage,
        _ => Exit::Journal,
    }
}

/// A path, fit for a terminal.
pub fn shown(path: &Path) -> String {
    plain(&path.display().to_string()).into_owned()
}
