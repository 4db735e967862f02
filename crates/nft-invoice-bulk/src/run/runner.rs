use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nft_invoice::{Client, Mode, Reference, Rules};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use zeroize::Zeroizing;

use super::attempt::{Ended, attempt, not_begun};
use super::breaker::{Breaker, BreakerOptions};
use super::pace::Pace;
use super::summary::{Halt, RowOutcome, Summary};
use crate::journal::{
    Change, Claim, ClaimFrom, ClaimRequest, Detail, Journal, JournalError, Owner, Transaction,
    Written,
};
use crate::lifecycle::{Event, Outcome, State};

/// How a run sends.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How many requests are under way at once. Default: 16.
    pub concurrency: usize,
    /// The maximum number of requests per second, of all processes together if the journal
    /// [counts them](Journal::shares_rate). Default: none.
    pub rate: Option<f64>,
    /// When it stops because outcomes are unknown. An S2S run always has one. Default: none.
    pub breaker: Option<BreakerOptions>,
    /// How long nothing can be sent before the run halts. Default: 5 minutes.
    pub give_up_after: Duration,
    /// The rules of validation. Default: those of today in UTC.
    pub rules: Rules,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            concurrency: 16,
            rate: None,
            breaker: None,
            give_up_after: Duration::from_secs(300),
            rules: Rules::at(SystemTime::now()),
        }
    }
}

/// Asks a run to stop: nothing more is sent, and what was sent is waited for.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Creates one for a run.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// The rows of an S2S input with their cards, which are in no journal, in the order of the input.
pub type Secrets = Vec<(Reference, Secret)>;

/// A row of an S2S input with its card. It is in memory only, which is wiped.
#[derive(Clone)]
pub struct Secret {
    /// The invoice as JSON.
    pub(crate) row: Zeroizing<Vec<u8>>,
    /// The merchant's own `callbackJson`, an object.
    pub(crate) data: Option<Zeroizing<String>>,
}

impl Secret {
    /// Its size in bytes.
    pub(crate) fn len(&self) -> usize {
        self.row.len() + self.data.as_ref().map_or(0, |data| data.len())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([hidden])")
    }
}

/// Sends the rows of a journal.
pub struct Runner {
    client: Client,
    journal: Arc<dyn Journal>,
    options: RunOptions,
    secrets: HashMap<Reference, Secret>,
    /// The keys of `secrets`, in the reverse of the order in which they are sent.
    waiting: Vec<Reference>,
}

/// How often nothing was sent for a row before it is parked, if others were sent meanwhile.
const MAX_NOT_SENT: u32 = 5;

impl Runner {
    /// Creates a runner of hosted rows.
    #[must_use]
    pub fn new(client: Client, journal: Arc<dyn Journal>, options: RunOptions) -> Self {
        Self::with_secrets(client, journal, options, Secrets::new())
    }

    /// Creates a runner of S2S rows: of those whose cards are in `secrets`.
    #[must_use]
    pub fn with_secrets(
        client: Client,
        journal: Arc<dyn Journal>,
        options: RunOptions,
        secrets: Secrets,
    ) -> Self {
        let concurrency = options.concurrency.max(1);
        Self {
            client,
            journal,
            options: RunOptions {
                concurrency,
                ..options
            },
            waiting: secrets
                .iter()
                .rev()
                .map(|(reference, _)| reference.clone())
                .collect(),
            secrets: secrets.into_iter().collect(),
        }
    }

    /// Sends every row that waits for it, and reports each outcome after it was stored.
    ///
    /// # Errors
    ///
    /// If the journal cannot be read or written. Nothing more is sent then, and requests that were under way have an
    /// unknown outcome.
    pub async fn run(
        self,
        stop: &Stop,
        mut observe: impl FnMut(RowOutcome),
    ) -> Result<Summary, JournalError> {
        self.journal.begin().await?;
        let mut run = Run::new(self)?;
        let mut stopped = stop.0.subscribe();
        loop {
            if *stopped.borrow_and_update() {
                run.halt(Halt::Stopped);
            }
            run.start();
            let claims = run.claims();
            if run.ended.is_empty() && run.retractions.is_empty() && claims == 0 {
                if run.is_done() {
                    break;
                }
                let wake = run.wakes_at();
                tokio::select! {
                    Some(ended) = run.requests.join_next() => run.ended.extend(ended.ok()),
                    Ok(()) = stopped.changed() => {}
                    () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                }
                continue;
            }
            run.write(claims, &mut observe).await?;
        }
        let counts = run.runner.journal.counts().await?;
        // What came with the last row has stopped nothing.
        let halt = run.halt.filter(|_| counts.prepared + counts.in_flight > 0);
        Ok(Summary { counts, halt })
    }
}

/// A run that is under way.
struct Run {
    runner: Runner,
    owner: Owner,
    pace: Pace,
    breaker: Option<Breaker>,
    /// Claimed, and not begun.
    queue: VecDeque<Claim>,
    requests: JoinSet<Ended>,
    /// Ended, and not stored.
    ended: Vec<Ended>,
    /// Further changes to store.
    retractions: Vec<Change>,
    /// S2S rows that are still to be claimed.
    waiting: Vec<Reference>,
    /// Whether the last claim found fewer rows than it wanted.
    is_exhausted: bool,
    /// When the journal can have more rows.
    ask_at: Option<Instant>,
    /// Successes since the beginning.
    created: u64,
    halt: Option<Halt>,
}

impl Run {
    fn new(mut runner: Runner) -> Result<Self, JournalError> {
        let owner = Owner::random().map_err(|error| JournalError::Storage(Box::new(error)))?;
        let is_s2s = runner.journal.mode() == Mode::S2s;
        let default = is_s2s.then(BreakerOptions::default);
        Ok(Self {
            owner,
            pace: Pace::new(
                runner
                    .options
                    .rate
                    .filter(|_| !runner.journal.shares_rate()),
                Instant::now(),
            ),
            breaker: runner.options.breaker.or(default).map(Breaker::new),
            queue: VecDeque::new(),
            requests: JoinSet::new(),
            ended: Vec::new(),
            retractions: Vec::new(),
            waiting: std::mem::take(&mut runner.waiting),
            is_exhausted: false,
            ask_at: None,
            created: 0,
            halt: None,
            runner,
        })
    }

    fn halt(&mut self, reason: Halt) {
        self.halt.get_or_insert(reason);
        // What was claimed and not begun goes back.
        self.ended.extend(self.queue.drain(..).map(not_begun));
    }

    /// Begins requests for rows that were claimed.
    fn start(&mut self) {
        if self.pace.is_paused(Instant::now()) {
            return;
        }
        while self.requests.len() < self.runner.options.concurrency {
            let Some(claim) = self.queue.pop_front() else {
                return;
            };
            let secret = self.runner.secrets.get(&claim.reference).cloned();
            let (client, mode) = (self.runner.client.clone(), self.runner.journal.mode());
            let rules = self.runner.options.rules;
            self.requests
                .spawn(async move { attempt(&client, claim, secret.as_ref(), mode, rules).await });
        }
    }

    fn wants_rows(&self) -> bool {
        self.halt.is_none() && !self.is_exhausted
    }

    /// How many more rows can be in hand: for the free places, and of hosted rows as many again, so that no place waits
    /// for the journal. What is in hand when the process is killed has an unknown outcome, and a person has to decide
    /// about each card.
    fn room(&self) -> usize {
        let places = match self.runner.journal.mode() {
            Mode::Hosted => 2 * self.runner.options.concurrency,
            Mode::S2s => self.runner.options.concurrency,
        };
        let in_hand = self.requests.len() + self.queue.len();
        if self.wants_rows() {
            places.saturating_sub(in_hand)
        } else {
            0
        }
    }

    /// How many rows to claim now.
    fn claims(&mut self) -> usize {
        let now = Instant::now();
        match self.room() {
            0 => 0,
            _ if self.ask_at.is_some_and(|time| now < time) => 0,
            room => self.pace.permits(room, now),
        }
    }

    /// When something can be done that waits for no request.
    fn wakes_at(&self) -> Option<Instant> {
        let now = Instant::now();
        let claim = (self.room() > 0).then(|| self.ask_at.max(Some(self.pace.next(now))));
        let start = !self.queue.is_empty() && self.pace.is_paused(now);
        let start = start.then(|| self.pace.next(now));
        claim.flatten().into_iter().chain(start).min()
    }

    fn is_done(&self) -> bool {
        !self.wants_rows() && self.requests.is_empty() && self.queue.is_empty()
    }

    /// Stores what has ended and claims rows, in one transaction.
    async fn write(
        &mut self,
        claims: usize,
        observe: &mut impl FnMut(RowOutcome),
    ) -> Result<(), JournalError> {
        while let Some(ended) = self.requests.try_join_next() {
            self.ended.extend(ended.ok());
        }
        let mut reports = Vec::with_capacity(self.ended.len());
        let mut changes = Vec::with_capacity(self.ended.len());
        for ended in self.ended.drain(..) {
            reports.push((
                ended.line,
                ended.outcome,
                ended.account,
                ended.change.detail.reason.clone(),
            ));
            changes.push(ended.change);
        }
        let references: Vec<_> = changes
            .iter()
            .map(|change| change.reference.clone())
            .collect();
        changes.append(&mut self.retractions);
        let from = match self.runner.journal.mode() {
            Mode::Hosted => ClaimFrom::Any(claims),
            Mode::S2s => {
                let rest = self.waiting.len().saturating_sub(claims);
                ClaimFrom::Rows(self.waiting.split_off(rest))
            }
        };
        let request = ClaimRequest {
            owner: self.owner.clone(),
            from,
            rate: self.runner.options.rate,
        };
        let claim = (request.wanted() > 0).then_some(request);
        let journal = Arc::clone(&self.runner.journal);
        let mut transact = journal.transact(Transaction { changes, claim });
        // What was claimed earlier is sent meanwhile.
        let Written {
            applied,
            claimed,
            retry_in,
        } = loop {
            tokio::select! {
                biased;
                written = &mut transact => break written?,
                Some(ended) = self.requests.join_next() => {
                    self.ended.extend(ended.ok());
                    self.start();
                }
            }
        };
        if claims > 0 {
            self.ask_at = retry_in.map(|time| Instant::now() + time);
            self.is_exhausted = match self.runner.journal.mode() {
                Mode::Hosted => claimed.len() < claims && retry_in.is_none(),
                Mode::S2s => self.waiting.is_empty(),
            };
            self.pace.give_back(claims - claimed.len());
        }
        self.queue.extend(claimed);
        for ((report, reference), applied) in reports.into_iter().zip(references).zip(applied) {
            let (line, outcome, account, reason) = report;
            let (state, not_sent) = match &applied {
                Ok(progress) => (progress.state, progress.not_sent),
                Err(_) => continue,
            };
            self.judge(&reference, outcome, account, reason.as_deref(), not_sent);
            let is_unreachable = self.pace.is_unreachable();
            if state == State::Prepared {
                self.is_exhausted = false;
                if self.runner.journal.mode() == Mode::S2s {
                    self.waiting.push(reference.clone());
                }
            }
            observe(RowOutcome {
                reference,
                line,
                outcome,
                state,
                reason,
                is_unreachable,
            });
        }
        if self.halt.is_some() {
            self.ended.extend(self.queue.drain(..).map(not_begun));
        }
        Ok(())
    }

    /// What an outcome means for the run.
    fn judge(
        &mut self,
        reference: &Reference,
        outcome: Outcome,
        account: Option<(i64, String)>,
        reason: Option<&str>,
        not_sent: u32,
    ) {
        if let Some((code, reason)) = account {
            self.halt.get_or_insert(Halt::Account { code, reason });
        }
        if outcome == Outcome::NotSent {
            // Without a reason it was not begun.
            let Some(reason) = reason else {
                return;
            };
            let now = Instant::now();
            self.pace.failed(now);
            let time = self.pace.failing_for(now);
            if time >= self.runner.options.give_up_after {
                let reason = reason.to_owned();
                self.halt.get_or_insert(Halt::Unreachable { time, reason });
            } else if not_sent >= MAX_NOT_SENT && self.created > 0 && time.is_zero() {
                self.retractions.push(Change {
                    reference: reference.clone(),
                    event: Event::Parked,
                    detail: Detail::default(),
                });
            }
            return;
        }
        self.pace.succeeded();
        self.created += u64::from(outcome == Outcome::Created);
        let is_unknown = outcome == Outcome::Unknown;
        if self
            .breaker
            .as_mut()
            .is_some_and(|breaker| breaker.breaks(is_unknown))
        {
            self.halt.get_or_insert(Halt::Breaker);
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("journal", &self.journal)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
