use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::super::JournalError;
use super::Process;
use super::address::Address;
use crate::planted::{self, has_bug};

/// A connection to the database.
pub(super) struct Session {
    client: Client,
    statements: Mutex<HashMap<String, Statement>>,
    connection: JoinHandle<()>,
    /// What the open transaction leaves behind, once it writes something that lasts.
    mark: Mutex<Option<Mark>>,
}

/// The number of a transaction's last event, which it writes as the mark of its process. Only this process writes this
/// mark, and each transaction a higher one, so that it shows whether the transaction was stored.
pub(super) enum Mark {
    Written(i64),
    /// The transaction's last statement writes it and returns it.
    Last(Last),
}

/// A statement that is sent with the COMMIT.
pub(super) struct Last {
    pub(super) sql: &'static str,
    pub(super) parameters: Vec<Box<dyn ToSql + Sync + Send>>,
}

/// Why something did not succeed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection is lost, or the server is not ready.
    Lost(tokio_postgres::Error),
    /// The server took too long.
    Late,
    /// The transaction was rolled back because of another one.
    Again,
    /// Repeating it does not help.
    Failed(JournalError),
}

/// What is done in a transaction. It is repeated until it was stored.
#[async_trait]
pub(super) trait Work: Send {
    type Output: Send;

    /// How long it can take.
    const LIMIT: Duration = Duration::from_secs(30);

    async fn run(&mut self, session: &Session) -> Result<Self::Output, Fault>;

    /// Why it cannot be repeated, if it cannot.
    fn ends_with(&self) -> Option<&'static str> {
        None
    }
}

/// What a transaction has stored.
pub(super) struct Stored<T> {
    pub(super) output: T,
    /// Whether the server confirmed it at once. If not, time has passed, and nothing of it may be sent.
    pub(super) is_confirmed: bool,
}

/// How long the server can be away.
const GIVE_UP_AFTER: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Session {
    /// Connects for the first time, once: an address that is wrong is noticed at once.
    pub(super) async fn first(address: &Address) -> Result<Self, JournalError> {
        Self::connect(address).await.map_err(|fault| match fault {
            Fault::Lost(error) => JournalError::Unreachable(Box::new(error)),
            fault => match JournalError::from(fault) {
                JournalError::Storage(error) => JournalError::Unreachable(error),
                error => error,
            },
        })
    }

    /// Connects, once.
    async fn connect(address: &Address) -> Result<Self, Fault> {
        let (client, connection) = address.config.connect(address.tls.clone()).await?;
        let connection = tokio::spawn(async move {
            // The client reports what happens to it.
            let _ = connection.await;
        });
        let session = Self {
            client,
            statements: Mutex::default(),
            connection,
            mark: Mutex::default(),
        };
        // A process that is paused in a transaction must not keep its locks.
        const SETTINGS: &str = "
            SET idle_in_transaction_session_timeout = '10s';
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
        session.client.batch_execute(SETTINGS).await?;
        if has_bug("weaker-sync") {
            session.batch("SET synchronous_commit = off").await?;
        }
        Ok(session)
    }

    /// Connects to a server that may be starting again.
    async fn reconnect(address: &Address) -> Result<Self, JournalError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match Self::connect(address).await {
                Ok(session) => return Ok(session),
                Err(Fault::Failed(error)) => return Err(error),
                Err(fault) if started.elapsed() >= GIVE_UP_AFTER => return Err(fault.into()),
                Err(_) => sleep(pause).await,
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    pub(super) async fn query(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        let statement = self.prepare(sql).await?;
        Ok(self.client.query(&statement, parameters).await?)
    }

    async fn prepare(&self, sql: &str) -> Result<Statement, Fault> {
        let known = lock(&self.statements).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        lock(&self.statements).insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs a statement that returns exactly one row.
    pub(super) async fn one(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, Fault> {
        let rows = self.query(sql, parameters).await?;
        rows.into_iter()
            .next()
            .ok_or(Fault::Failed(JournalError::Foreign))
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Notes what shows whether the open transaction was stored, if the connection is lost meanwhile.
    pub(super) fn set_mark(&self, mark: Mark) {
        *lock(&self.mark) = Some(mark);
    }

    /// Ends the transaction; returns the mark that it has written.
    async fn commit(&self, mark: Option<&Mark>) -> Result<Option<i64>, Fault> {
        let Some(Mark::Last(Last { sql, parameters })) = mark else {
            self.batch("COMMIT").await?;
            return Ok(match mark {
                Some(Mark::Written(number)) => Some(*number),
                _ => None,
            });
        };
        let parameters: Vec<_> = parameters
            .iter()
            .map(|parameter| parameter.as_ref() as &(dyn ToSql + Sync))
            .collect();
        // A statement that is not prepared would be sent after the COMMIT below.
        let statement = self.prepare(sql).await?;
        // Without waiting in between. If the statement fails, the COMMIT stores nothing.
        let (rows, committed) = tokio::join! {
            biased;
            self.client.query(&statement, &parameters),
            self.client.batch_execute("COMMIT"),
        };
        let rows = rows?;
        committed?;
        let row = rows.first().ok_or(JournalError::Foreign)?;
        Ok(Some(row.try_get(0)?))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections of a journal, one at a time.
pub(super) struct Sessions {
    address: Address,
    pub(super) process: Process,
    /// `None` while one is in use, and after one was lost. A future that is dropped takes its connection, and what it had
    /// begun, with it.
    free: tokio::sync::Mutex<Option<Session>>,
}

impl Sessions {
    pub(super) fn new(address: Address, session: Session, process: Process) -> Self {
        Self {
            address,
            process,
            free: tokio::sync::Mutex::new(Some(session)),
        }
    }

    /// Stores `work` in a transaction. A transaction that was lost before it was stored is repeated.
    pub(super) async fn write<W: Work>(
        &self,
        work: &mut W,
    ) -> Result<Stored<W::Output>, JournalError> {
        let mut free = self.free.lock().await;
        let started = Instant::now();
        loop {
            if let Some(reason) = work.ends_with() {
                return Err(JournalError::Storage(reason.into()));
            }
            let session = match free.take() {
                Some(session) => session,
                None => Session::reconnect(&self.address).await?,
            };
            let output = match run(&session, work).await {
                Ok(output) => output,
                Err(Fault::Failed(error)) => return Err(error),
                Err(fault) if started.elapsed() >= GIVE_UP_AFTER => return Err(fault.into()),
                Err(_) => {
                    sleep(FIRST_PAUSE).await;
                    continue;
                }
            };
            planted::step("before-commit");
            let mark = lock(&session.mark).take();
            let commit = timeout(W::LIMIT, session.commit(mark.as_ref()));
            let (session, mark, is_confirmed) = match commit.await.unwrap_or(Err(Fault::Late)) {
                Ok(mark) => {
                    planted::step("after-commit");
                    (session, mark, true)
                }
                Err(Fault::Failed(error)) => return Err(error),
                Err(Fault::Again) => continue,
                Err(_) if has_bug("send-in-doubt") => {
                    return Ok(Stored {
                        output,
                        is_confirmed: true,
                    });
                }
                // It has written nothing.
                Err(_) if mark.is_none() => continue,
                Err(_) => {
                    drop(session);
                    let (session, mark) = self.mark().await?;
                    if mark <= self.process.last_seen() {
                        *free = Some(session);
                        continue;
                    }
                    (session, Some(mark), false)
                }
            };
            if let Some(mark) = mark {
                self.process.see(mark);
            }
            *free = Some(session);
            return Ok(Stored {
                output,
                is_confirmed,
            });
        }
    }

    /// Runs `work`, which only reads.
    pub(super) async fn read<W: Work>(&self, work: &mut W) -> Result<W::Output, JournalError> {
        Ok(self.write(work).await?.output)
    }

    /// Returns this process's mark, after a connection was lost in a transaction that writes it.
    async fn mark(&self) -> Result<(Session, i64), JournalError> {
        let started = Instant::now();
        loop {
            let session = Session::reconnect(&self.address).await?;
            // While the server has not ended the transaction, which has locked the mark, this waits. The transaction's id
            // would say less, because a server that has crashed can give it to another one.
            let find = "SELECT number FROM nft_invoice_mark WHERE process = $1 FOR UPDATE";
            let found = session.query(find, &[&self.process.name]).await;
            match found.map(|rows| rows.first().map_or(0, |row| row.get(0))) {
                Ok(number) => return Ok((session, number)),
                Err(Fault::Failed(error)) => return Err(error),
                Err(fault) if started.elapsed() >= GIVE_UP_AFTER => return Err(fault.into()),
                Err(_) => sleep(FIRST_PAUSE).await,
            }
        }
    }
}

async fn run<W: Work>(session: &Session, work: &mut W) -> Result<W::Output, Fault> {
    *lock(&session.mark) = None;
    // Without waiting in between: no work begins with a write that must not stand alone.
    let run = async {
        let begin = session.batch("BEGIN");
        let ((), output) = tokio::try_join!(biased; begin, work.run(session))?;
        Ok(output)
    };
    timeout(W::LIMIT, run).await.unwrap_or(Err(Fault::Late))
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(code) = error.code() else {
            // A value that cannot be converted is our mistake or a damaged row; the rest is the connection.
            let is_lost = error.is_closed() || has_io_cause(&error);
            return if is_lost {
                Self::Lost(error)
            } else {
                Self::Failed(JournalError::Storage(Box::new(error)))
            };
        };
        let class = &code.code()[..2];
        if [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ]
        .contains(code)
        {
            Self::Again
        } else if class == "08"
            || class == "57" && *code != SqlState::QUERY_CANCELED
            || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            || *code == SqlState::TOO_MANY_CONNECTIONS
        {
            Self::Lost(error)
        } else {
            Self::Failed(JournalError::Storage(Box::new(error)))
        }
    }
}

fn has_io_cause(error: &tokio_postgres::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            // What rustls rejects stays rejected.
            return error.kind() != std::io::ErrorKind::InvalidData;
        }
        next = error.source();
    }
    false
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        Self::Failed(error)
    }
}

impl From<Fault> for JournalError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Failed(error) => error,
            Fault::Lost(error) => Self::Storage(Box::new(error)),
            Fault::Late => Self::Storage("the database did not answer".into()),
            Fault::Again => Self::Storage("the transaction was rolled back".into()),
        }
    }
}
