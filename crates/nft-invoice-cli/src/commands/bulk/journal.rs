use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nft_invoice::Mode;
use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::sqlite::{SqliteJournal, SqliteReader};
use nft_invoice_bulk::journal::{Journal, JournalError};

use crate::exit::{Exit, Failure};
use crate::options::settings::variable;
use crate::terminal::output::{self, note, plain, quoted};

/// The journal of a command.
#[derive(clap::Args)]
pub struct JournalArgs {
    /// File with the journal, beside which are its key, mark and lock, or a PostgreSQL database that several machines
    /// share: postgres://USER@HOST/DATABASE. Other users of this machine can see a password in it: better set
    /// NFT_INVOICE_JOURNAL
    #[arg(long, value_name = "FILE or URL")]
    journal: Option<PathBuf>,
    /// File with the key of a PostgreSQL journal, or NFT_INVOICE_JOURNAL_KEY_FILE. The run that creates the journal
    /// creates the file, too: copy it to the other machines
    #[arg(long, value_name = "FILE")]
    journal_key_file: Option<PathBuf>,
}

/// Where a journal is.
pub enum Place {
    File(PathBuf),
    Database {
        /// With the password.
        url: String,
        /// Without it.
        shown: String,
        /// How a command that is shown names it. `None` if it comes from the environment, where that command finds it.
        option: Option<String>,
        key: PathBuf,
    },
}

impl JournalArgs {
    pub fn place(&self) -> Result<Place, Failure> {
        let path = match &self.journal {
            Some(path) => path.clone(),
            None => variable("NFT_INVOICE_JOURNAL")?
                .map(PathBuf::from)
                .ok_or_else(|| {
                    Failure::usage("no journal: give --journal FILE or set NFT_INVOICE_JOURNAL")
                })?,
        };
        let text = path.to_string_lossy();
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Ok(Place::File(path));
        }
        let url = text.into_owned();
        let unusable = |error| Failure::usage(format!("cannot use --journal: {error}"));
        let shown = PostgresJournal::shown(&url).map_err(unusable)?;
        let has_password = PostgresJournal::has_password(&url).map_err(unusable)?;
        let key = match &self.journal_key_file {
            Some(path) => path.clone(),
            None => variable("NFT_INVOICE_JOURNAL_KEY_FILE")?
                .map(PathBuf::from)
                .ok_or_else(|| {
                    Failure::usage(
                        "no key of the journal: give --journal-key-file FILE or set NFT_INVOICE_JOURNAL_KEY_FILE",
                    )
                })?,
        };
        let option = self.journal.as_ref().map(|_| match has_password {
            true => shown.clone(),
            false => url.clone(),
        });
        Ok(Place::Database {
            url,
            shown,
            option,
            key,
        })
    }

    /// Opens a journal that exists.
    pub async fn open(&self) -> Result<Opened, Failure> {
        self.open_file(|path| {
            let Some(mode) = SqliteJournal::mode_of(path)? else {
                return Ok(None);
            };
            Ok(Some(Arc::new(SqliteJournal::open(path, mode)?)))
        })
        .await
    }

    /// Opens a journal that exists, for reading. A run can use it meanwhile.
    pub async fn read(&self) -> Result<Opened, Failure> {
        self.open_file(|path| Ok(SqliteReader::open(path)?.map(|reader| Arc::new(reader) as _)))
            .await
    }

    async fn open_file(
        &self,
        open: impl FnOnce(&Path) -> Result<Option<Arc<dyn Journal>>, JournalError>,
    ) -> Result<Opened, Failure> {
        let place = self.place()?;
        let opened = match &place {
            Place::File(path) => open(path),
            Place::Database { url, key, .. } => match PostgresJournal::exists(url).await {
                Ok(true) => PostgresJournal::connect(url, read(key)?)
                    .await
                    .map(|journal| Some(Arc::new(journal) as _)),
                Ok(false) => Ok(None),
                Err(error) => Err(error),
            },
        };
        match opened {
            Ok(Some(journal)) => Ok(Opened::Journal(journal, place)),
            Ok(None) => Err(Failure::usage(format!(
                "there is no journal {place}. `nft-invoice bulk run` creates it"
            ))),
            Err(error) => Ok(Opened::Failed(failed(&place, &error))),
        }
    }
}

/// A journal, or the exit code of the failure that was reported.
pub enum Opened {
    Journal(Arc<dyn Journal>, Place),
    Failed(Exit),
}

impl Opened {
    /// Opens or creates the journal of a run.
    pub async fn new(place: Place, mode: Mode, lease: Duration) -> Result<Self, Failure> {
        let Place::Database { url, key, .. } = &place else {
            // On a thread for blocking work, so that Ctrl-C is noticed meanwhile.
            let opened = tokio::task::spawn_blocking(move || Self::file(place, mode)).await;
            return opened.map_err(|_| Failure::usage("the journal has a bug"));
        };
        if mode == Mode::S2s {
            return Err(Failure::usage(
                "cards do not belong into a queue that machines share: use a journal in a file for --mode s2s",
            ));
        }
        let mut is_new = false;
        if !key.exists() {
            match PostgresJournal::exists(url).await {
                Ok(false) => {
                    let new = JournalKey::random().map_err(|error| unusable(key, &error))?;
                    // Another run can create it at the same time: the first one counts.
                    is_new = new.create(key).map_err(|error| unusable(key, &error))?;
                }
                // Another key would not fit. Its run has created the file meanwhile, perhaps.
                Ok(true) => {}
                Err(error) => return Ok(Self::Failed(failed(&place, &error))),
            }
        }
        let read_key = read(key)?;
        let opened = PostgresJournal::connect(url, read_key).await;
        if is_new && matches!(opened, Err(JournalError::WrongKey)) {
            // Another machine has created the journal meanwhile.
            let _ = std::fs::remove_file(key);
            return Err(missing(key));
        }
        Ok(Self::database(
            place,
            opened.map(|journal| journal.lease(lease)),
        ))
    }

    fn file(place: Place, mode: Mode) -> Self {
        let Place::File(path) = &place else {
            return Self::Failed(Exit::Journal);
        };
        match SqliteJournal::open(path, mode) {
            Ok(journal) => Self::Journal(Arc::new(journal), place),
            Err(error) => Self::Failed(failed(&place, &error)),
        }
    }

    fn database(place: Place, opened: Result<PostgresJournal, JournalError>) -> Self {
        match opened {
            Ok(journal) => Self::Journal(Arc::new(journal), place),
            Err(error) => Self::Failed(failed(&place, &error)),
        }
    }
}

fn read(key: &Path) -> Result<JournalKey, Failure> {
    if !key.exists() {
        return Err(missing(key));
    }
    let read = JournalKey::read(key).map_err(|error| unusable(key, &error))?;
    read.ok_or_else(|| unusable(key, &"it contains no key"))
}

fn missing(key: &Path) -> Failure {
    Failure::usage(format!(
        "the key of the journal is not in {}. Copy the file from the machine that created the journal",
        shown(key)
    ))
}

fn unusable(key: &Path, reason: &dyn fmt::Display) -> Failure {
    Failure::usage(format!("cannot use the key file {}: {reason}", shown(key)))
}

/// Reports a journal that cannot be used.
pub fn failed(place: &Place, error: &JournalError) -> Exit {
    note(format_args!("error: {place}: {}", output::chain(error)));
    match error {
        JournalError::InUse => note("Wait until the other command has ended."),
        JournalError::OtherMode(mode) => {
            note(format_args!("Add --mode {mode}, or use another journal."))
        }
        JournalError::RowsMissing(_) => {
            note(
                "If it is another input, such as a second drop, add --add: its rows are added to those of the journal. If it \
                 should be the same input as before, check the file: rows of it are missing or were changed, and --add would \
                 send a changed row as a new one.",
            );
        }
        JournalError::WrongKey => {
            note("Copy the key file from the machine that created the journal.")
        }
        JournalError::Unreachable(_) => note(
            "Check the address and that the server accepts connections, then run the same command again. Only a \
             connection that is lost later is waited for.",
        ),
        JournalError::Restored => note(format_args!(
            "Find out what was sent: nft-invoice bulk reconcile {}",
            place.options()
        )),
        JournalError::Newer { .. } => note(
            "Update the program. If no newer one has used the journal, the file is damaged: bring a copy back that was made \
             after the last command.",
        ),
        JournalError::Input(_) | JournalError::Foreign => {}
        _ => match place {
            Place::File(_) => {
                note("Nothing is sent without a journal. Keep it and the files beside it.")
            }
            Place::Database { .. } => note(
                "Nothing more was sent. Run the same command again when the database can be used.",
            ),
        },
    }
    match error {
        JournalError::InUse
        | JournalError::OtherMode(_)
        | JournalError::RowsMissing(_)
        | JournalError::WrongKey
        | JournalError::Input(_)
        | JournalError::Foreign => Exit::Usage,
        _ => Exit::Journal,
    }
}

/// A path, fit for a terminal.
pub fn shown(path: &Path) -> String {
    plain(&path.display().to_string()).into_owned()
}

impl Place {
    /// The options with which another command uses this journal, to be copied into a shell. An address has no password
    /// in them.
    pub fn options(&self) -> String {
        let word = |text: &str| quoted(&plain(text));
        match self {
            Self::File(path) => format!("--journal {}", word(&path.display().to_string())),
            Self::Database { option, key, .. } => {
                let key = format!("--journal-key-file {}", word(&key.display().to_string()));
                match option {
                    Some(url) => format!("--journal {} {key}", word(url)),
                    None => key,
                }
            }
        }
    }
}

/// Without the password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(&shown(path)),
            Self::Database { shown, .. } => f.write_str(&plain(shown)),
        }
    }
}
