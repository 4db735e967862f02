use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use nft_invoice::Reference;
use nft_invoice::transport::Deadline;

use super::super::{Change, Claim, ClaimFrom, ClaimRequest, Detail, Owner, Written};
use super::Process;
use super::batch::Batch;
use super::rate;
use super::schema;
use super::session::{Fault, Session, Work};
use super::stored::{PROGRESS, column, progress, reference};
use crate::lifecycle::{Event, NotApplied, Progress};

/// Applies changes and claims rows.
pub(super) struct Transact<'a> {
    pub(super) process: &'a Process,
    pub(super) changes: &'a [Change],
    pub(super) claim: Option<&'a ClaimRequest>,
}

/// How long a process waits before it looks again for rows that others have in hand.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

#[async_trait]
impl Work for Transact<'_> {
    /// What was written, and the number of the last event.
    type Output = (Written, Option<i64>);

    async fn run(&mut self, session: &mut Session) -> Result<Self::Output, Fault> {
        // The lease begins later, whatever happens between.
        let deadline = self.process.deadline();
        let releases =
            |change: &Change| matches!(change.event, Event::Released | Event::NotCharged);
        if self.claim.is_some() || self.changes.iter().any(releases) {
            schema::check(session, self.process.last_seen()).await?;
        }
        let mut written = Written::default();
        let mut batch = Batch::default();
        self.change(session, &mut batch, &mut written).await?;
        batch.write_rows(session, self.process.lease).await?;
        if let Some(request) = self.claim {
            self.claim(session, request, deadline, &mut batch, &mut written)
                .await?;
            batch.write_rows(session, self.process.lease).await?;
        }
        let last = batch.write_events(session, &self.process.name).await?;
        Ok((written, last))
    }
}

impl Transact<'_> {
    /// Locks the rows of the changes, and applies them in their order.
    async fn change(
        &self,
        session: &mut Session,
        batch: &mut Batch,
        written: &mut Written,
    ) -> Result<(), Fault> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let references: Vec<_> = self
            .changes
            .iter()
            .map(|change| change.reference.as_str())
            .collect();
        // In one order, so that two processes do not wait for each other.
        let select = format!(
            "SELECT {PROGRESS}, reference FROM nft_invoice_row WHERE reference = ANY($1) ORDER BY number FOR UPDATE"
        );
        let mut places: HashMap<String, usize> = HashMap::new();
        for row in session.query(&select, &[&references]).await? {
            let (number, progress) = progress(&row)?;
            places.insert(column(&row, 9)?, batch.add(number, progress));
        }
        for change in self.changes {
            written
                .applied
                .push(match places.get(change.reference.as_str()) {
                    Some(place) => batch.change(*place, change),
                    None => Err(NotApplied::NotPermitted),
                });
        }
        Ok(())
    }

    async fn claim(
        &self,
        session: &mut Session,
        request: &ClaimRequest,
        deadline: Deadline,
        batch: &mut Batch,
        written: &mut Written,
    ) -> Result<(), Fault> {
        let wanted = match &request.from {
            ClaimFrom::Any(most) => *most,
            ClaimFrom::Rows(references) => references.len(),
        };
        let most = rate::most(request.rate, wanted);
        let mut rows = prepared(session, &request.from, most).await?;
        let mut next = None;
        if let (Some(rate), false) = (request.rate, rows.is_empty()) {
            let granted = rate::take(session, rate, rows.len()).await?;
            rows.truncate(granted.count);
            next = (rows.len() < wanted).then_some(granted.next);
        }
        let event = Event::Claimed {
            owner: request.owner.clone(),
        };
        for (number, progress, claim) in rows {
            let place = batch.add(number, progress);
            if batch.apply(place, &event, &Detail::default()).is_ok() {
                written.claimed.push(Claim {
                    owner: request.owner.clone(),
                    deadline: Some(deadline),
                    ..claim
                });
            }
        }
        if next.is_none() && written.claimed.len() < wanted {
            next = others(session, &request.owner).await?.then_some(LOOK_AGAIN);
        }
        written.retry_in = next;
        Ok(())
    }
}

/// Locks rows that wait to be sent. Those that another process looks at right now are left to it.
async fn prepared(
    session: &mut Session,
    from: &ClaimFrom,
    most: usize,
) -> Result<Vec<(i64, Progress<Owner>, Claim)>, Fault> {
    let only = match from {
        ClaimFrom::Any(_) => None,
        ClaimFrom::Rows(references) => {
            let references = references.iter().map(Reference::as_str);
            Some(references.collect::<Vec<_>>())
        }
    };
    let select = format!(
        "SELECT {PROGRESS}, reference, line, invoice, data FROM nft_invoice_row WHERE state = 'prepared' {}
         ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED",
        if only.is_some() { "AND reference = ANY($2)" } else { "" }
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = match &only {
        None => session.query(&select, &[&most]).await?,
        Some(references) => session.query(&select, &[&most, references]).await?,
    };
    rows.iter()
        .map(|row| {
            let (number, progress) = progress(row)?;
            let line: i64 = column(row, 10)?;
            let claim = Claim {
                reference: reference(column(row, 9)?, number)?,
                owner: Owner::from(String::new()),
                epoch: progress.epoch + 1,
                deadline: None,
                line: line.unsigned_abs(),
                invoice: column(row, 11)?,
                data: column(row, 12)?,
            };
            Ok((number, progress, claim))
        })
        .collect()
}

/// Whether others have rows in hand that can come back.
async fn others(session: &mut Session, owner: &Owner) -> Result<bool, Fault> {
    const SELECT: &str = "
        SELECT EXISTS (SELECT FROM nft_invoice_row WHERE state = 'prepared')
            OR EXISTS (SELECT FROM nft_invoice_row WHERE state = 'in_flight' AND owner <> $1)";
    Ok(session.one(SELECT, &[&owner.as_str()]).await?.get(0))
}

/// Applies an event to every row of a kind, a page at a time.
pub(super) struct Sweep<'a> {
    pub(super) process: &'a Process,
    pub(super) kind: Kind,
    pub(super) after: i64,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Rows whose lease has expired: their owner is gone, or sends nothing any more.
    Expired,
    /// Parked rows, which are sent again.
    Parked,
    /// Rows with an unknown outcome, which are sent again.
    Unknown,
}

impl Kind {
    fn condition(self) -> &'static str {
        match self {
            Self::Expired => "state = 'in_flight' AND lease_until < now()",
            Self::Parked => "state = 'parked'",
            Self::Unknown => "state = 'unknown'",
        }
    }
}

#[async_trait]
impl Work for Sweep<'_> {
    /// The number of the last row, and that of the last event.
    type Output = (Option<i64>, Option<i64>);

    async fn run(&mut self, session: &mut Session) -> Result<Self::Output, Fault> {
        schema::check(session, self.process.last_seen()).await?;
        // What another process has locked changes right now.
        let select = format!(
            "SELECT {PROGRESS} FROM nft_invoice_row WHERE {} AND number > $1
             ORDER BY number LIMIT 1000 FOR UPDATE SKIP LOCKED",
            self.kind.condition()
        );
        let mut batch = Batch::default();
        let mut last = None;
        for row in session.query(&select, &[&self.after]).await? {
            let (number, progress) = progress(&row)?;
            last = Some(number);
            let event = match self.kind {
                Kind::Expired => Event::Abandoned {
                    epoch: progress.epoch,
                },
                Kind::Parked => Event::Unparked,
                Kind::Unknown => Event::Reopened,
            };
            let place = batch.add(number, progress);
            // A row that the event does not concern stays as it is.
            let _ = batch.apply(place, &event, &Detail::default());
        }
        batch.write_rows(session, self.process.lease).await?;
        let event = batch.write_events(session, &self.process.name).await?;
        Ok((last, event))
    }
}
