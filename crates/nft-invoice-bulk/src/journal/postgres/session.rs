use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::super::JournalError;
use super::address::Address;
use crate::planted;

/// A connection to the database.
pub(super) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    connection: JoinHandle<()>,
    /// What the transaction that is open leaves behind, once it has written something that lasts.
    mark: Option<Mark>,
}

/// The number of a transaction's last event, which it has written as the mark of its process. Only this process writes
/// this mark, so that it shows whether the transaction was stored.
pub(super) struct Mark {
    pub(super) process: String,
    pub(super) number: i64,
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

/// What is done in a transaction. It can be repeated until it was stored.
#[async_trait]
pub(super) trait Work: Send {
    type Output: Send;

    /// How long it can take.
    const LIMIT: Duration = Duration::from_secs(30);

    async fn run(&mut self, session: &mut Session) -> Result<Self::Output, Fault>;
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
    /// Connects, once.
    pub(super) async fn connect(address: &Address) -> Result<Self, Fault> {
        let (client, connection) = address.config.connect(address.tls.clone()).await?;
        let connection = tokio::spawn(async move {
            // The client reports what happens to it.
            let _ = connection.await;
        });
        let session = Self {
            client,
            statements: HashMap::new(),
            connection,
            mark: None,
        };
        // A process that is paused in a transaction must not keep its locks.
        const SETTINGS: &str = "
            SET idle_in_transaction_session_timeout = '10s';
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
        session.client.batch_execute(SETTINGS).await?;
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
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql).await?;
                self.statements.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        Ok(self.client.query(&statement, parameters).await?)
    }

    /// Runs a statement that returns exactly one row.
    pub(super) async fn one(
        &mut self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, Fault> {
        let rows = self.query(sql, parameters).await?;
        rows.into_iter()
            .next()
            .ok_or(Fault::Failed(JournalError::Foreign))
    }

    pub(super) async fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Notes what shows whether the transaction was stored, if the connection is lost meanwhile.
    pub(super) fn set_mark(&mut self, mark: Mark) {
        self.mark = Some(mark);
    }
}

/// Connections of a journal, one at a time.
pub(super) struct Sessions {
    address: Address,
    /// `None` while one is in use, and after one was lost. A future that is dropped takes its connection, and what it had
    /// begun, with it.
    free: tokio::sync::Mutex<Option<Session>>,
}

impl Sessions {
    pub(super) fn new(address: Address, session: Session) -> Self {
        Self {
            address,
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
            let mut session = match free.take() {
                Some(session) => session,
                None => Session::reconnect(&self.address).await?,
            };
            let output = match run(&mut session, work).await {
                Ok(output) => output,
                Err(Fault::Failed(error)) => return Err(error),
                Err(fault) if started.elapsed() >= GIVE_UP_AFTER => return Err(fault.into()),
                Err(_) => {
                    sleep(FIRST_PAUSE).await;
                    continue;
                }
            };
            planted::step("before-commit");
            let commit = timeout(W::LIMIT, session.batch("COMMIT"));
            let is_confirmed = match commit.await.unwrap_or(Err(Fault::Late)) {
                Ok(()) => {
                    planted::step("after-commit");
                    true
                }
                Err(Fault::Failed(error)) => return Err(error),
                Err(Fault::Again) => continue,
                Err(_) => match session.mark.take() {
                    // It has written nothing.
                    None => continue,
                    Some(mark) => {
                        let (next, is_committed) = fate(&self.address, &mark).await?;
                        session = next;
                        if !is_committed {
                            *free = Some(session);
                            continue;
                        }
                        false
                    }
                },
            };
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
}

async fn run<W: Work>(session: &mut Session, work: &mut W) -> Result<W::Output, Fault> {
    session.mark = None;
    let run = async {
        session.batch("BEGIN").await?;
        work.run(session).await
    };
    timeout(W::LIMIT, run).await.unwrap_or(Err(Fault::Late))
}

/// Returns whether the transaction with this mark was stored, whose connection was lost meanwhile.
async fn fate(address: &Address, mark: &Mark) -> Result<(Session, bool), JournalError> {
    let started = Instant::now();
    loop {
        let mut session = Session::reconnect(address).await?;
        // The transaction has locked the mark: while the server has not ended it, this waits. Its id would say less,
        // because a server that has crashed can give it to another transaction.
        let find = "SELECT number FROM nft_invoice_mark WHERE process = $1 FOR UPDATE";
        let found = session.query(find, &[&mark.process]).await;
        match found.map(|rows| rows.first().map(|row| row.get::<_, i64>(0))) {
            Ok(number) => return Ok((session, number == Some(mark.number))),
            Err(Fault::Failed(error)) => return Err(error),
            Err(fault) if started.elapsed() >= GIVE_UP_AFTER => return Err(fault.into()),
            Err(_) => sleep(FIRST_PAUSE).await,
        }
    }
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
