use std::collections::HashSet;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nft_invoice::{Client, Info, InvoiceId, InvoiceStatus, Reference, Retry};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::ReconcileError;
use super::hint::{Hint, Hints};
use super::sweep::{Sweep, sweep};
use super::wanted::Wanted;
use crate::journal::{Change, Counts, Detail, Journal, JournalError, StoredRow, Transaction};
use crate::lifecycle::{Event, Progress, Sighting, State};
use crate::planted::has_bug;
use crate::run::concerns_account;
use crate::tag;

/// How a reconciliation reads.
#[derive(Clone, Debug)]
pub struct ReconcileOptions {
    /// How many infos are read at once. Default: 8.
    pub concurrency: usize,
    /// After which time a row that was not found is reported as absent. Default: 24 hours.
    pub horizon: Duration,
}

impl Default for ReconcileOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            horizon: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// What a reconciliation has found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reconciled {
    /// How many rows are in each state now.
    pub counts: Counts,
    /// Rows that it looked for.
    pub wanted: usize,
    /// Invoices in the history.
    pub invoices: usize,
    /// Infos that were read.
    pub infos: usize,
    /// Hints of rows that it did not look for, or of another journal. Nothing was read for them.
    pub skipped: usize,
    /// Invoices of hints that the gateway does not show: they do not exist, or are of another merchant.
    pub refused: usize,
    /// Invoices that carry the reference of a row and were not known.
    pub found: usize,
    /// Whether the history's path is configured. Without it there are only the hints.
    pub has_history: bool,
    /// Whether the history could be read completely.
    pub is_complete: bool,
    /// Whether the journal is [suspect](Journal::is_suspect) still: nothing is sent before the history could be read
    /// completely.
    pub is_suspect: bool,
    /// Rows that a complete history does not contain, after the horizon. Weak evidence that they were not created.
    pub absent: Vec<Reference>,
}

/// Reads the gateway's history and infos, and stores which of its invoices are a row's.
pub struct Reconciler {
    client: Client,
    journal: Arc<dyn Journal>,
    options: ReconcileOptions,
    hints: Hints,
}

/// Where an invoice that can be a row's was named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    Hint,
    History,
}

/// How many rows are read, and how many changes written, at once.
const BATCH: usize = 500;

/// How many invoices are remembered, so that several callbacks of one cost one read.
const REMEMBERED: usize = 100_000;

/// How many accepted rows that were sent later must be visible before a row counts as absent.
const CONTROLS: usize = 3;

impl Reconciler {
    /// Creates one. Without a history path in the client's configuration it reads only the infos of the hints.
    #[must_use]
    pub fn new(client: Client, journal: Arc<dyn Journal>, options: ReconcileOptions) -> Self {
        Self {
            client,
            journal,
            options,
            hints: Box::new(std::iter::empty()),
        }
    }

    /// Adds invoices that callbacks have named. Their infos are read first, and need no history; a hint that names the
    /// reference of no row that is looked for is skipped.
    ///
    /// They are read on a thread for blocking work, a few at a time; an error ends the reconciliation.
    #[must_use]
    pub fn with_hints<I>(mut self, hints: I) -> Self
    where
        I: IntoIterator<Item = io::Result<Hint>>,
        I::IntoIter: Send + 'static,
    {
        self.hints = Box::new(hints.into_iter());
        self
    }

    /// Looks for every row that can have an invoice that is not known.
    ///
    /// # Errors
    ///
    /// If a read fails repeatedly, or the journal cannot be read or written.
    pub async fn run(mut self) -> Result<Reconciled, ReconcileError> {
        let mut result = Reconciled {
            is_suspect: self.journal.is_suspect().await?,
            has_history: true,
            ..Reconciled::default()
        };
        let mut wanted = Wanted::new();
        if result.is_suspect {
            wanted.extend_to_now();
        }
        self.each_row(&State::ALL, |row| {
            let is_open = |progress: &Progress<_>| progress.unanswered > 0;
            if result.is_suspect || row.progress.as_ref().is_some_and(is_open) {
                wanted.add(row)
            } else {
                Ok(())
            }
        })
        .await?;
        result.wanted = wanted.len();
        let hints = std::mem::replace(&mut self.hints, Box::new(std::iter::empty()));
        let named = self.follow(hints, &wanted, &mut result).await?;
        if result.is_suspect && has_bug("early-absence") {
            result.is_complete = true;
        } else if result.wanted > 0 {
            self.add_controls(&mut wanted).await?;
            match sweep(&self.client, &wanted, self.journal.key()).await {
                Ok(swept) => self.compare(&wanted, &swept, &named, &mut result).await?,
                // Without a history there are only the hints.
                Err(nft_invoice::Error::Config { .. }) => result.has_history = false,
                Err(error) => return Err(error.into()),
            }
        }
        if result.is_suspect && (result.is_complete || result.wanted == 0) {
            self.journal.trust().await?;
            result.is_suspect = false;
        }
        result.counts = self.journal.counts().await?;
        Ok(result)
    }

    /// Reads the infos of hints. Returns the rows that they name.
    async fn follow(
        &self,
        mut hints: Hints,
        wanted: &Wanted,
        result: &mut Reconciled,
    ) -> Result<HashSet<Reference>, ReconcileError> {
        let mut seen = HashSet::new();
        let mut named = HashSet::new();
        loop {
            let read = move || {
                let batch: Vec<_> = hints.by_ref().take(BATCH).collect();
                (batch, hints)
            };
            let (batch, rest) = tokio::task::spawn_blocking(read)
                .await
                .map_err(|error| ReconcileError::Hints(io::Error::other(error)))?;
            hints = rest;
            if batch.is_empty() {
                return Ok(named);
            }
            let mut ids = Vec::new();
            let mut failure = None;
            for hint in batch {
                match hint {
                    Ok(Hint {
                        reference: Some(reference),
                        ..
                    }) if !wanted.contains(&reference) => result.skipped += 1,
                    Ok(Hint { id, reference }) => {
                        named.extend(reference);
                        if seen.len() >= REMEMBERED {
                            seen.clear();
                        }
                        if seen.insert(id.clone()) {
                            ids.push(id);
                        }
                    }
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            self.infos(ids, NamedBy::Hint, wanted, result).await?;
            if let Some(error) = failure {
                return Err(ReconcileError::Hints(error));
            }
        }
    }

    /// Adds rows that were created later than the rows that are looked for: a history that does not show them is not
    /// complete either.
    async fn add_controls(&self, wanted: &mut Wanted) -> Result<(), JournalError> {
        let last = wanted.last();
        let mut later = Vec::new();
        self.each_row(&[State::Accepted], |row| {
            if later.len() < 2 * CONTROLS && row.sent_at.is_some_and(|sent_at| sent_at > last) {
                later.push(row);
            }
            Ok(())
        })
        .await?;
        later
            .into_iter()
            .try_for_each(|row| wanted.add_control(row))
    }

    /// Reads the infos of what the history shows, and notes which rows it does not contain.
    async fn compare(
        &self,
        wanted: &Wanted,
        swept: &Sweep,
        named: &HashSet<Reference>,
        result: &mut Reconciled,
    ) -> Result<(), ReconcileError> {
        result.invoices = swept.ids.len();
        result.is_complete = swept.is_complete;
        let candidates = swept.candidates.iter().cloned().collect();
        self.infos(candidates, NamedBy::History, wanted, result)
            .await?;
        if swept.is_complete {
            self.absent(wanted, swept, named, result).await?;
        }
        Ok(())
    }

    /// Reads infos, and stores those of rows.
    async fn infos(
        &self,
        ids: Vec<InvoiceId>,
        by: NamedBy,
        wanted: &Wanted,
        result: &mut Reconciled,
    ) -> Result<(), ReconcileError> {
        let mut ids = ids.into_iter();
        let mut reads = JoinSet::new();
        let mut changes = Vec::new();
        loop {
            while reads.len() < self.options.concurrency.max(1)
                && let Some(id) = ids.next()
            {
                let client = self.client.clone();
                reads.spawn(async move {
                    let info = Retry::default().run(sleep, || client.info(&id)).await;
                    info.map(|info| (id, info))
                });
            }
            let Some(read) = reads.join_next().await else {
                break;
            };
            let Ok(read) = read else {
                continue;
            };
            let (id, info) = match read {
                Ok(read) => read,
                // Anyone can name any invoice.
                Err(nft_invoice::Error::Rejected { code, .. })
                    if by == NamedBy::Hint && !concerns_account(code) =>
                {
                    result.refused += 1;
                    continue;
                }
                Err(error) => {
                    self.store(&mut changes, wanted, result).await?;
                    return Err(error.into());
                }
            };
            result.infos += 1;
            changes.extend(sighting(id, &info, wanted, result.is_suspect));
            if changes.len() >= BATCH {
                self.store(&mut changes, wanted, result).await?;
            }
        }
        self.store(&mut changes, wanted, result).await?;
        Ok(())
    }

    async fn store(
        &self,
        changes: &mut Vec<Change>,
        wanted: &Wanted,
        result: &mut Reconciled,
    ) -> Result<(), JournalError> {
        if changes.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(changes);
        let are_found: Vec<_> = changes
            .iter()
            .map(|change| {
                let is_sighting = matches!(change.event, Event::Found(_) | Event::FoundInCopy(_));
                is_sighting && !wanted.is_control(&change.reference)
            })
            .collect();
        let written = self
            .journal
            .transact(Transaction {
                changes,
                claim: None,
            })
            .await?;
        let applied = written.applied.iter().zip(are_found);
        result.found += applied
            .filter(|(applied, is_found)| *is_found && applied.is_ok())
            .count();
        Ok(())
    }

    /// Reports rows as absent that were sent before the horizon, if rows that were sent later are visible.
    async fn absent(
        &self,
        wanted: &Wanted,
        swept: &Sweep,
        named: &HashSet<Reference>,
        result: &mut Reconciled,
    ) -> Result<(), JournalError> {
        let (mut unseen, mut later) = (Vec::new(), Vec::new());
        self.each_row(&[State::Unknown, State::Accepted], |row| {
            // What a callback names may be created, even if it is not in the history.
            let is_wanted = row
                .reference
                .as_ref()
                .is_some_and(|reference| wanted.contains(reference) && !named.contains(reference));
            let is_visible = row.progress.as_ref().is_some_and(|progress| {
                let mut seen = progress.evidence.sightings.iter();
                seen.any(|seen| swept.ids.contains(&seen.id))
            });
            match row.state {
                State::Unknown if is_wanted && !is_visible => unseen.push(row),
                State::Accepted if is_visible => later.extend(row.sent_at),
                _ => {}
            }
            Ok(())
        })
        .await?;
        later.sort_unstable();
        let horizon = SystemTime::now().checked_sub(self.options.horizon);
        let horizon = horizon.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let horizon = horizon.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
        let mut changes = Vec::new();
        for row in unseen {
            let (Some(reference), Some(sent_at)) = (row.reference, row.sent_at) else {
                continue;
            };
            let controls = later.len() - later.partition_point(|time| *time <= sent_at);
            let is_early = sent_at > horizon || controls < CONTROLS;
            if is_early && !has_bug("early-absence") {
                continue;
            }
            changes.push(Change {
                reference: reference.clone(),
                event: if has_bug("early-absence") { Event::NotCharged } else { Event::Searched },
                detail: Detail {
                    reason: Some(format!(
                        "not among the {} invoices of these days; {controls} rows that were sent later are among them",
                        swept.ids.len()
                    )),
                    ..Detail::default()
                },
            });
            result.absent.push(reference);
        }
        self.store(&mut changes, wanted, result).await
    }

    async fn each_row(
        &self,
        states: &[State],
        mut take: impl FnMut(StoredRow) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let mut after = 0;
        loop {
            let rows = self.journal.rows(states, after, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.number;
            rows.into_iter().try_for_each(&mut take)?;
        }
    }
}

/// The event of an invoice that carries the reference of a row.
fn sighting(id: InvoiceId, info: &Info, wanted: &Wanted, is_suspect: bool) -> Option<Change> {
    let (reference, epoch) = tag::read(info.callback_data()?)?;
    wanted.contains(&reference).then_some(())?;
    let seen = Sighting {
        epoch,
        id,
        is_used: info.status != InvoiceStatus::Created && info.status != InvoiceStatus::Expired,
    };
    Some(Change {
        reference,
        event: if is_suspect {
            Event::FoundInCopy(seen)
        } else {
            Event::Found(seen)
        },
        detail: Detail {
            status: Some(info.status.clone()).filter(is_storable),
            ..Detail::default()
        },
    })
}

/// A gateway that repeats what it got could put a card or its code into an undocumented status. Words have no digits.
fn is_storable(status: &InvoiceStatus) -> bool {
    !status.as_str().contains(|c: char| c.is_ascii_digit())
}

impl fmt::Debug for Reconciler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconciler")
            .field("journal", &self.journal)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_digits_is_not_stored() {
        for (status, stored) in [
            ("invoice:paid", true),
            ("invoice:under_review", true),
            ("invoice:4242424242424242", false),
            ("card_ccv=917", false),
        ] {
            let status: InvoiceStatus = status.parse().unwrap();
            assert_eq!(is_storable(&status), stored, "{status}");
        }
    }
}
