use async_trait::async_trait;

use super::super::{JournalError, Owner};
use super::session::{Fault, Mark, Session, Work};
use crate::planted::has_bug;
use crate::{JournalKey, RowHash};

/// The steps from each version of the schema to the next.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE nft_invoice_journal (
        version integer NOT NULL,
        id text NOT NULL,
        key_check bytea NOT NULL,
        identity text NOT NULL
    );
    CREATE TABLE nft_invoice_mark (process text PRIMARY KEY, number bigint NOT NULL);
    CREATE TABLE nft_invoice_rate (
        tokens double precision NOT NULL,
        counted timestamptz NOT NULL,
        granted bigint NOT NULL
    );
    INSERT INTO nft_invoice_rate VALUES (1, now(), 0);
    CREATE TABLE nft_invoice_row (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        input text NOT NULL,
        line bigint NOT NULL,
        reference text UNIQUE,
        amount text,
        email bytea,
        state text NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        owner text,
        lease_until timestamptz,
        not_sent bigint NOT NULL DEFAULT 0,
        unanswered bigint NOT NULL DEFAULT 0,
        link_epoch bigint,
        is_released boolean NOT NULL DEFAULT false,
        evidence text,
        sent_at bigint,
        link text,
        html text,
        status text,
        reason text,
        faults text,
        invoice text,
        data text
    );
    CREATE INDEX ON nft_invoice_row (number) WHERE state = 'prepared';
    CREATE INDEX ON nft_invoice_row (lease_until) WHERE state = 'in_flight';
    CREATE INDEX ON nft_invoice_row (state, number) WHERE state NOT IN ('prepared', 'in_flight', 'accepted');
    CREATE INDEX ON nft_invoice_row (input, line) WHERE reference IS NULL;
    CREATE TABLE nft_invoice_event (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at bigint NOT NULL,
        row bigint NOT NULL,
        event text NOT NULL,
        epoch bigint NOT NULL,
        state text NOT NULL,
        reason text
    )
    ",
    // Nothing changes but what is written: rows can be `replaced`, and invalid ones have a reference, too. A program that
    // knows neither would not understand them.
    "",
    // The merchant's id of a row. And inputs of one name have numbers, which the version before would not recognize.
    "ALTER TABLE nft_invoice_row ADD COLUMN id text",
];

/// Names the database, the table of events in it and the server's timeline: a copy that was restored, and a server that
/// has taken over, have another name.
const IDENTITY: &str = "
    (SELECT system_identifier FROM pg_control_system())
    || ':' || (SELECT oid FROM pg_database WHERE datname = current_database())
    || ':' || 'nft_invoice_event'::regclass::oid
    || ':' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// Finds the journal in the database, or creates it.
pub(super) struct Open<'a> {
    /// The key with which the journal is created if there is none.
    pub(super) key: Option<&'a JournalKey>,
}

/// What identifies a journal.
pub(super) struct Identity {
    pub(super) id: String,
    pub(super) check: RowHash,
}

#[async_trait]
impl Work for Open<'_> {
    /// `None` if there is none and no key to create it.
    type Output = Option<Identity>;

    async fn run(&mut self, session: &Session) -> Result<Self::Output, Fault> {
        // `nftj`, so that two processes do not create it at once.
        let lock = "SELECT pg_advisory_xact_lock(1852208234)::text";
        session.one(lock, &[]).await?;
        let find = "SELECT to_regclass('nft_invoice_journal') IS NOT NULL";
        let exists: bool = session.one(find, &[]).await?.get(0);
        let version = if exists {
            let read = "SELECT version FROM nft_invoice_journal";
            session.one(read, &[]).await?.get(0)
        } else if self.key.is_some() {
            0
        } else {
            return Ok(None);
        };
        let supported = MIGRATIONS.len() as i32;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        let Some(steps) = MIGRATIONS.get(done..) else {
            let found = version;
            return Err(JournalError::Newer { found, supported }.into());
        };
        for step in steps {
            session.batch(step).await?;
        }
        match self.key {
            Some(key) if !exists => {
                let id = Owner::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
                let create =
                    format!("INSERT INTO nft_invoice_journal VALUES ($1, $2, $3, {IDENTITY})");
                let check = key.text(id.as_str());
                session
                    .query(&create, &[&supported, &id.as_str(), &check.as_slice()])
                    .await?;
            }
            _ => {
                let set = "UPDATE nft_invoice_journal SET version = $1 WHERE version < $1";
                session.query(set, &[&supported]).await?;
            }
        }
        let read = "SELECT id, key_check FROM nft_invoice_journal";
        let row = session.one(read, &[]).await?;
        let check: Vec<u8> = row.get(1);
        Ok(Some(Identity {
            id: row.get(0),
            check: check.try_into().map_err(|_| JournalError::Foreign)?,
        }))
    }
}

/// Makes sure, in the transaction that is open, that the database is the one that the journal was written in, with
/// everything that was stored.
pub(super) async fn check(session: &Session, last_seen: i64) -> Result<(), Fault> {
    let read = format!(
        "SELECT identity = {IDENTITY},
             (SELECT coalesce(max(number), 0) FROM nft_invoice_event),
             (SELECT coalesce(max(number), 0) FROM nft_invoice_mark)
         FROM nft_invoice_journal"
    );
    let row = session.one(&read, &[]).await?;
    let (is_same, last, mark): (bool, i64, i64) = (row.get(0), row.get(1), row.get(2));
    if is_same && last >= mark && mark >= last_seen || has_bug("copy-unchecked") {
        Ok(())
    } else {
        Err(JournalError::Restored.into())
    }
}

/// Creates the mark of a process, before its first transaction: one that does not exist could not be waited for.
pub(super) struct Register<'a>(pub(super) &'a str);

#[async_trait]
impl Work for Register<'_> {
    type Output = ();

    async fn run(&mut self, session: &Session) -> Result<(), Fault> {
        let insert = "INSERT INTO nft_invoice_mark VALUES ($1, 0) ON CONFLICT DO NOTHING";
        session.query(insert, &[&self.0]).await?;
        Ok(())
    }
}

/// Accepts the database as it is, after a reconciliation.
pub(super) struct Trust;

#[async_trait]
impl Work for Trust {
    type Output = ();

    async fn run(&mut self, session: &Session) -> Result<(), Fault> {
        let reset = "UPDATE nft_invoice_mark SET number = 0";
        session.query(reset, &[]).await?;
        let set = format!("UPDATE nft_invoice_journal SET identity = {IDENTITY}");
        session.query(&set, &[]).await?;
        session.set_mark(Mark::Written(0));
        Ok(())
    }
}

/// Asks whether something can be missing in the journal. Contains the number of the last event that was stored.
pub(super) struct IsSuspect(pub(super) i64);

#[async_trait]
impl Work for IsSuspect {
    type Output = bool;

    async fn run(&mut self, session: &Session) -> Result<bool, Fault> {
        match check(session, self.0).await {
            Ok(()) => Ok(false),
            Err(Fault::Failed(JournalError::Restored)) => Ok(true),
            Err(fault) => Err(fault),
        }
    }
}
