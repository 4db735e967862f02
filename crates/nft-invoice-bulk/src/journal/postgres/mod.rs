//! The journal in a PostgreSQL database, for several machines.
//!
//! Every process claims rows for a *lease*, which the database's clock measures, and stops sending them well before it
//! ends. Rows of a process that is gone become unknown when their lease has ended. Cards do not belong into a queue that
//! machines share: such a journal takes hosted rows only.

mod address;
mod batch;
mod load;
mod namesakes;
mod rate;
mod schema;
mod session;
mod settings;
mod stored;
mod write;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use nft_invoice::Mode;
use nft_invoice::transport::Deadline;

use self::address::Address;
use self::load::Load;
use self::schema::{Open, Register, Trust};
use self::session::{Session, Sessions, Stored, Work};
use self::stored::{ReadCounts, ReadRows, ReadTimeline};
use self::write::{Kind, Sweep, Transact};
use super::{
    Change, Claim, Counts, Detail, Journal, JournalError, Loaded, Owner, Setting, Source,
    StoredRow, Timeline, Transaction, Written,
};
use crate::JournalKey;
use crate::lifecycle::{Event, Outcome, State};

/// A journal in the current schema of a PostgreSQL database.
pub struct PostgresJournal {
    id: String,
    key: JournalKey,
    shown: String,
    sessions: Sessions,
    /// When this process has last looked for leases that have expired.
    swept: Mutex<Option<Instant>>,
    /// The number of the row that this process has claimed last.
    claimed: AtomicI64,
}

/// This process, as the journal knows it.
struct Process {
    name: String,
    lease: Duration,
    /// The number of the last event that this process has stored.
    last_seen: AtomicI64,
    /// Whether it has a mark.
    is_registered: AtomicBool,
}

/// How long a claimed row waits for its process.
const LEASE: Duration = Duration::from_secs(90);

impl PostgresJournal {
    /// Opens the journal at `url`, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, or creates it with this key.
    ///
    /// TLS is required, with the operating system's certificate authorities, unless the server is on this machine or
    /// `url` contains `sslmode=disable`. The journal is in the first schema of the search path, so
    /// `?options=-csearch_path=drop7` is another one.
    ///
    /// # Errors
    ///
    /// If the address cannot be used, the server cannot be reached, which is reported at once, the key belongs to another
    /// journal, or a newer version wrote the journal.
    pub async fn connect(url: &str, key: JournalKey) -> Result<Self, JournalError> {
        let address = Address::parse(url)?;
        let shown = address.shown();
        let session = Session::first(&address).await?;
        let sessions = Sessions::new(address, session, Process::new()?);
        let opened = sessions.read(&mut Open { key: Some(&key) }).await?;
        let identity = opened.ok_or(JournalError::Foreign)?;
        if key.text(&identity.id) != identity.check {
            return Err(JournalError::WrongKey);
        }
        Ok(Self {
            id: identity.id,
            key,
            shown,
            sessions,
            swept: Mutex::new(None),
            claimed: AtomicI64::new(0),
        })
    }

    /// Returns whether there is a journal at `url`.
    ///
    /// # Errors
    ///
    /// If the address cannot be used, or the server cannot be reached.
    pub async fn exists(url: &str) -> Result<bool, JournalError> {
        let address = Address::parse(url)?;
        let session = Session::first(&address).await?;
        let sessions = Sessions::new(address, session, Process::new()?);
        Ok(sessions.read(&mut Open { key: None }).await?.is_some())
    }

    /// Changes how long a claimed row waits for its process. Default: 90 seconds.
    ///
    /// A row whose process is gone is unknown after this time. It should be longer than a request can take, so that
    /// nobody gives up a row whose response is still to come.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.sessions.process.lease = lease;
        self
    }

    /// Returns `url` without its password.
    ///
    /// # Errors
    ///
    /// If it is not the address of a database.
    pub fn shown(url: &str) -> Result<String, JournalError> {
        Address::parse(url).map(|address| address.shown())
    }

    /// Returns whether an address contains a password.
    ///
    /// # Errors
    ///
    /// If it is not an address.
    pub fn has_password(url: &str) -> Result<bool, JournalError> {
        Address::parse(url).map(|address| address.config.get_password().is_some())
    }

    /// Stores `work` as this process.
    async fn write<W: Work>(&self, work: &mut W) -> Result<Stored<W::Output>, JournalError> {
        let process = &self.sessions.process;
        if !process.is_registered.load(Ordering::Relaxed) {
            self.sessions.write(&mut Register(&process.name)).await?;
            process.is_registered.store(true, Ordering::Relaxed);
        }
        self.sessions.write(work).await
    }

    /// Applies changes of which none claims.
    async fn change(&self, changes: &[Change]) -> Result<(), JournalError> {
        let mut work = Transact {
            process: &self.sessions.process,
            changes,
            claim: None,
            after: 0,
        };
        self.write(&mut work).await?;
        Ok(())
    }

    async fn sweep(&self, kind: Kind) -> Result<(), JournalError> {
        let mut after = 0;
        loop {
            let mut work = Sweep {
                process: &self.sessions.process,
                kind,
                after,
            };
            match self.write(&mut work).await?.output {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// Whether it is time to look for leases that have expired.
    fn is_due(&self) -> bool {
        let every =
            (self.sessions.process.lease / 10).clamp(Duration::from_millis(200), LEASE / 10);
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = swept.is_none_or(|time| time.elapsed() >= every);
        if is_due {
            *swept = Some(Instant::now());
        }
        is_due
    }
}

impl Process {
    fn new() -> Result<Self, JournalError> {
        let name = Owner::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
        Ok(Self {
            name: name.as_str().to_owned(),
            lease: LEASE,
            last_seen: AtomicI64::new(0),
            is_registered: AtomicBool::new(false),
        })
    }

    /// When this process stops sending what it claims now: with a quarter of the lease left.
    fn deadline(&self) -> Deadline {
        Deadline::after(self.lease - self.lease / 4)
    }

    fn last_seen(&self) -> i64 {
        self.last_seen.load(Ordering::Relaxed)
    }

    /// Only while a connection is in use, so that the next transaction knows it.
    fn see(&self, event: i64) {
        self.last_seen.store(event, Ordering::Relaxed);
    }
}

#[async_trait]
impl Journal for PostgresJournal {
    fn mode(&self) -> Mode {
        Mode::Hosted
    }

    fn key(&self) -> &JournalKey {
        &self.key
    }

    fn shares_rate(&self) -> bool {
        true
    }

    async fn load(
        &self,
        source: Box<dyn Source>,
        allow_missing: bool,
    ) -> Result<Loaded, JournalError> {
        let mut work = Load {
            process: &self.sessions.process,
            journal: &self.id,
            key: &self.key,
            source: Some(source),
            allow_missing,
        };
        Ok(self.write(&mut work).await?.output)
    }

    async fn begin(&self) -> Result<(), JournalError> {
        self.claimed.store(0, Ordering::Relaxed);
        self.sweep(Kind::Expired).await?;
        self.sweep(Kind::Parked).await?;
        self.sweep(Kind::Unknown).await
    }

    async fn transact(&self, transaction: Transaction) -> Result<Written, JournalError> {
        if transaction.claim.is_some() && self.is_due() {
            self.sweep(Kind::Expired).await?;
        }
        let mut work = Transact {
            process: &self.sessions.process,
            changes: &transaction.changes,
            claim: transaction.claim.as_ref(),
            after: self.claimed.load(Ordering::Relaxed),
        };
        let stored = self.write(&mut work).await?;
        self.claimed.store(work.after, Ordering::Relaxed);
        let mut written = stored.output;
        if !stored.is_confirmed && !written.claimed.is_empty() {
            // They were stored, but a claim that was in doubt is never sent.
            let returned: Vec<_> = written.claimed.drain(..).map(not_sent).collect();
            self.change(&returned).await?;
            self.claimed.store(0, Ordering::Relaxed);
            written.retry_in = Some(Duration::ZERO);
        }
        Ok(written)
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        self.sessions.read(&mut ReadCounts).await
    }

    async fn timeline(&self) -> Result<Timeline, JournalError> {
        self.sessions.read(&mut ReadTimeline).await
    }

    async fn rows(
        &self,
        states: &[State],
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, JournalError> {
        let mut work = ReadRows {
            states,
            after,
            limit,
        };
        self.sessions.read(&mut work).await
    }

    async fn settings(&self) -> Result<Vec<Setting>, JournalError> {
        self.sessions.read(&mut settings::ReadSettings).await
    }

    async fn is_suspect(&self) -> Result<bool, JournalError> {
        self.sessions
            .read(&mut schema::IsSuspect(self.sessions.process.last_seen()))
            .await
    }

    async fn trust(&self) -> Result<(), JournalError> {
        self.write(&mut Trust).await?;
        Ok(())
    }
}

fn not_sent(claim: Claim) -> Change {
    Change {
        reference: claim.reference,
        event: Event::Ended {
            epoch: claim.epoch,
            owner: claim.owner,
            outcome: Outcome::NotSent,
        },
        detail: Detail::default(),
    }
}

/// Shows neither the password nor the key.
impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal")
            .field("address", &self.shown)
            .finish_non_exhaustive()
    }
}
