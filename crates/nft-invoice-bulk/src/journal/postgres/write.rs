use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use nft_invoice::Reference;
use nft_invoice::transport::Deadline;
use tokio_postgres::types::ToSql;

use super::super::{Change, Claim, ClaimFrom, ClaimRequest, Detail, Owner, Written};
use super::Process;
use super::batch::Batch;
use super::rate;
use super::schema;
use super::session::{Fault, Session, Work};
use super::stored::{PROGRESS, column, progress, reference};
use crate::lifecycle::{Event, NotApplied, Outcome, Progress};
use crate::planted::has_bug;

/// Applies changes and claims rows.
pub(super) struct Transact<'a> {
    pub(super) process: &'a Process,
    pub(super) changes: &'a [Change],
    pub(super) claim: Option<&'a ClaimRequest>,
    /// The number of the row after which it looks for prepared rows first. The index still has the rows before it until
    /// the next vacuum, and passing them takes longer with every claim. Then the number for the next transaction.
    pub(super) after: i64,
}

/// How long a process waits before it looks again for rows that others have in hand.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

#[async_trait]
impl Work for Transact<'_> {
    type Output = Written;

    async fn run(&mut self, session: &Session) -> Result<Written, Fault> {
        // The lease begins later, whatever happens between.
        let deadline = self.process.deadline();
        let releases =
            |change: &Change| matches!(change.event, Event::Released | Event::NotCharged);
        let checks = self.claim.is_some() || self.changes.iter().any(releases);
        let check = async {
            match checks {
                true => schema::check(session, self.process.last_seen()).await,
                false => Ok(()),
            }
        };
        let after = self.after;
        let prepared = async {
            match self.claim {
                Some(request) => prepared(session, request, after).await,
                None => Ok(Vec::new()),
            }
        };
        // One after the other in the server, without waiting in between here.
        let ((), changed, prepared) =
            tokio::try_join!(biased; check, self.lock(session), prepared)?;
        let mut written = Written::default();
        let mut batch = Batch::default();
        self.change(changed, &mut batch, &mut written);
        if let Some(request) = self.claim {
            self.claim(
                session,
                request,
                prepared,
                deadline,
                &mut batch,
                &mut written,
            )
            .await?;
        }
        self.after = batch.last_claimed().unwrap_or(after);
        batch.finish(session, self.process);
        Ok(written)
    }
}

impl Transact<'_> {
    /// Locks the rows of the changes.
    async fn lock(&self, session: &Session) -> Result<Vec<(String, i64, Progress<Owner>)>, Fault> {
        if self.changes.is_empty() {
            return Ok(Vec::new());
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
        let rows = session.query(&select, &[&references]).await?;
        rows.iter()
            .map(|row| {
                let (number, progress) = progress(row)?;
                Ok((column(row, 9)?, number, progress))
            })
            .collect()
    }

    /// Applies the changes to their rows, in the order of the changes.
    fn change(
        &self,
        rows: Vec<(String, i64, Progress<Owner>)>,
        batch: &mut Batch,
        written: &mut Written,
    ) {
        let places: HashMap<_, _> = rows
            .into_iter()
            .map(|(reference, number, progress)| (reference, batch.add(number, progress)))
            .collect();
        for change in self.changes {
            written
                .applied
                .push(match places.get(change.reference.as_str()) {
                    Some(place) => batch.change(*place, change),
                    None => Err(NotApplied::NotPermitted),
                });
        }
    }

    /// Claims `rows`, which were prepared before the changes.
    async fn claim(
        &self,
        session: &Session,
        request: &ClaimRequest,
        mut rows: Vec<(i64, Progress<Owner>, Claim)>,
        deadline: Deadline,
        batch: &mut Batch,
        written: &mut Written,
    ) -> Result<(), Fault> {
        let wanted = request.wanted();
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
            // A change can have parked it.
            let epoch = match has_bug("no-intent") || has_bug("commit-after-send") {
                true => Some(claim.epoch),
                false => {
                    let applied = batch.apply(place, &event, &Detail::default());
                    applied.ok().map(|progress| progress.epoch)
                }
            };
            if let Some(epoch) = epoch {
                written.claimed.push(Claim {
                    owner: request.owner.clone(),
                    epoch,
                    deadline: Some(deadline).filter(|_| !has_bug("lease-unchecked")),
                    ..claim
                });
            }
        }
        if next.is_none() && written.claimed.len() < wanted {
            let others = others(session, &request.owner, &batch.numbers()).await?;
            next = others.then_some(LOOK_AGAIN);
        }
        written.retry_in = next;
        Ok(())
    }
}

/// Locks rows that wait to be sent. Those that another process looks at right now are left to it.
async fn prepared(
    session: &Session,
    request: &ClaimRequest,
    after: i64,
) -> Result<Vec<(i64, Progress<Owner>, Claim)>, Fault> {
    let only = match &request.from {
        ClaimFrom::Any(_) => None,
        ClaimFrom::Rows(references) => {
            let references = references.iter().map(Reference::as_str);
            Some(references.collect::<Vec<_>>())
        }
    };
    let select = format!(
        "SELECT {PROGRESS}, reference, line, invoice, data FROM nft_invoice_row
         WHERE state = 'prepared' AND number > $2 AND number <= $3 {}
         ORDER BY number LIMIT $1 {}",
        if only.is_some() {
            "AND reference = ANY($4)"
        } else {
            ""
        },
        if has_bug("claim-unlocked") {
            ""
        } else {
            "FOR UPDATE SKIP LOCKED"
        }
    );
    let most = rate::most(request.rate, request.wanted());
    let mut rows = Vec::new();
    // Rows before it can have come back from another process.
    for (after, to) in [(after, i64::MAX), (0, after)] {
        let rest = i64::try_from(most - rows.len()).unwrap_or(i64::MAX);
        if rest == 0 || to == 0 {
            break;
        }
        rows.extend(match &only {
            None => session.query(&select, &[&rest, &after, &to]).await?,
            Some(references) => {
                let parameters: [&(dyn ToSql + Sync); 4] = [&rest, &after, &to, references];
                session.query(&select, &parameters).await?
            }
        });
    }
    rows.iter()
        .map(|row| {
            let (number, progress) = progress(row)?;
            let line: i64 = column(row, 10)?;
            let claim = Claim {
                reference: reference(column(row, 9)?, number)?,
                owner: request.owner.clone(),
                epoch: progress.epoch,
                deadline: None,
                line: line.unsigned_abs(),
                invoice: column(row, 11)?,
                data: column(row, 12)?,
            };
            Ok((number, progress, claim))
        })
        .collect()
}

/// Whether others have rows in hand that can come back. `own` are the numbers of the rows that this transaction changes.
async fn others(session: &Session, owner: &Owner, own: &[i64]) -> Result<bool, Fault> {
    const SELECT: &str = "
        SELECT EXISTS (SELECT FROM nft_invoice_row WHERE state = 'prepared' AND number <> ALL($2))
            OR EXISTS (SELECT FROM nft_invoice_row WHERE state = 'in_flight' AND owner <> $1)";
    let row = session.one(SELECT, &[&owner.as_str(), &own]).await?;
    Ok(row.get(0))
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
    /// The number of the last row.
    type Output = Option<i64>;

    async fn run(&mut self, session: &Session) -> Result<Self::Output, Fault> {
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
            let (event, detail) = match self.kind {
                Kind::Expired if has_bug("requeue-on-crash") => {
                    let event = Event::Ended {
                        epoch: progress.epoch,
                        owner: progress
                            .owner
                            .clone()
                            .unwrap_or_else(|| String::new().into()),
                        outcome: Outcome::NotSent,
                    };
                    (event, Detail::default())
                }
                Kind::Expired => {
                    let epoch = progress.epoch;
                    (Event::Abandoned { epoch }, Detail::abandoned())
                }
                Kind::Parked => (Event::Unparked, Detail::default()),
                Kind::Unknown => (Event::Reopened, Detail::default()),
            };
            let place = batch.add(number, progress);
            // A row that the event does not concern stays as it is.
            let _ = batch.apply(place, &event, &detail);
        }
        batch.finish(session, self.process);
        Ok(last)
    }
}
