use std::fmt;
use std::time::Duration;

use nft_invoice::transport::Deadline;
use nft_invoice::{InvoiceStatus, Mode, Reference};
use serde::{Deserialize, Serialize};

use super::RowEvent;
use crate::RowHash;
use crate::input::Fault;
use crate::lifecycle::{Event, NotApplied, Outcome, Progress, State};

/// Names one sender: a worker of one run of one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner(String);

impl Owner {
    /// Creates a random name.
    ///
    /// # Errors
    ///
    /// If the operating system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Owner {
    /// Creates the name that a journal has stored.
    fn from(name: String) -> Self {
        Self(name)
    }
}

/// What a journal has taken from an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What the input is called: its name, with a number if the journal has another input of this name.
    pub input: String,
    /// Rows that the journal already had.
    pub known: u64,
    /// Rows that are new.
    pub new: u64,
    /// Rows that are invalid.
    pub invalid: u64,
    /// Rows of the journal that the input does not contain, without those that are replaced or dropped.
    pub missing: u64,
    /// Rejected rows whose place corrected rows of this input have taken.
    pub replaced: u64,
    /// Rows that the gateway rejected, and that are sent again because this input asks for it.
    pub retried: u64,
    /// Rows of this input that corrected rows have replaced before. They are not sent.
    pub outdated: u64,
    /// Invalid rows that this input had before, and that are not in the journal any more.
    pub dropped: u64,
}

/// Changes and claims that belong together.
#[derive(Debug, Default)]
pub struct Transaction {
    /// What happened to which row.
    pub changes: Vec<Change>,
    /// Who claims which rows.
    pub claim: Option<ClaimRequest>,
}

/// Asks for rows to send.
#[derive(Debug)]
pub struct ClaimRequest {
    /// Who sends them.
    pub owner: Owner,
    /// Which rows.
    pub from: ClaimFrom,
    /// The maximum number of requests per second of all processes together, for a journal that
    /// [counts them](super::Journal::shares_rate).
    pub rate: Option<f64>,
}

impl ClaimRequest {
    /// Returns how many rows it asks for.
    pub(crate) fn wanted(&self) -> usize {
        match &self.from {
            ClaimFrom::Any(most) => *most,
            ClaimFrom::Rows(references) => references.len(),
        }
    }
}

/// Which rows are claimed, if they are prepared.
#[derive(Clone, Debug)]
pub enum ClaimFrom {
    /// Up to this many, in the order of the input. Rows that another process has returned can come last.
    Any(usize),
    /// These.
    Rows(Vec<Reference>),
}

/// An event of a row.
#[derive(Debug)]
pub struct Change {
    /// The row.
    pub reference: Reference,
    /// What happened to it.
    pub event: RowEvent,
    /// What is stored beside.
    pub detail: Detail,
}

/// What is stored beside an event. `None` leaves what is stored as it is.
#[derive(Clone, Default)]
pub struct Detail {
    /// Why, in words without any secret.
    pub reason: Option<String>,
    /// The page to open in the customer's browser, and the gateway's link to embed. They open the payment page.
    pub link: Option<(String, Option<String>)>,
    /// The invoice's status at the gateway.
    pub status: Option<InvoiceStatus>,
}

/// What a transaction has stored.
#[derive(Debug, Default)]
pub struct Written {
    /// For each change, the row after it, or why nothing changed.
    pub applied: Vec<Result<Progress<Owner>, NotApplied>>,
    /// The rows that were claimed.
    pub claimed: Vec<Claim>,
    /// After which time more rows can be claimed, although fewer were claimed than wanted: the rate permits no more now,
    /// or rows of other processes can come back.
    pub retry_in: Option<Duration>,
}

impl Detail {
    /// Of a row whose process is gone.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn abandoned() -> Self {
        Self {
            reason: Some("its process ended before the response".to_owned()),
            ..Self::default()
        }
    }

    /// Returns the link if it is that of the row, which is `progress` after `event`.
    #[must_use]
    pub fn link_of(
        &self,
        progress: &Progress<Owner>,
        event: &RowEvent,
    ) -> Option<&(String, Option<String>)> {
        let is_own = matches!(
            event,
            Event::Ended { epoch, outcome: Outcome::Created, .. }
                if progress.mode == Mode::S2s || progress.link == Some(*epoch)
        );
        self.link.as_ref().filter(|_| is_own)
    }
}

/// A row that may be sent now, once.
pub struct Claim {
    /// The row.
    pub reference: Reference,
    /// Who sends it.
    pub owner: Owner,
    /// The epoch that the claim has begun.
    pub epoch: u32,
    /// When it must not be sent any more.
    pub deadline: Option<Deadline>,
    /// The line of the input in which the row begins.
    pub line: u64,
    /// The invoice as JSON, without `callbackJson`; `None` for an S2S row.
    pub invoice: Option<String>,
    /// The merchant's own `callbackJson`, an object.
    pub data: Option<String>,
}

/// A row of the journal.
#[derive(Clone)]
pub struct StoredRow {
    /// Its number in the journal.
    pub number: i64,
    /// The name of the input that contained it last. No two rows that are counted have this name and the same line.
    pub input: String,
    /// The line of the input in which it begins, from 1.
    pub line: u64,
    /// Its reference. That of an invalid row was never sent; `None` if such a row is known by its line.
    pub reference: Option<Reference>,
    /// The merchant's own id of it: the note `#id`.
    pub id: Option<String>,
    /// Its state.
    pub state: State,
    /// Its life cycle; `None` for an invalid row.
    pub progress: Option<Progress<Owner>>,
    /// The amount in US dollars.
    pub amount: Option<String>,
    /// The keyed hash of the e-mail address.
    pub email: Option<RowHash>,
    /// When its last epoch was claimed, in milliseconds since 1970.
    pub sent_at: Option<i64>,
    /// The page to open in the customer's browser, and the gateway's link to embed.
    pub link: Option<(String, Option<String>)>,
    /// The invoice's status at the gateway, as last seen.
    pub status: Option<String>,
    /// Why it is in this state, in words.
    pub reason: Option<String>,
    /// Why it is invalid.
    pub faults: Vec<Fault>,
}

impl StoredRow {
    /// Returns the reference that its invoices have; `None` for an invalid row, which has no invoice.
    #[must_use]
    pub fn sent_reference(&self) -> Option<&Reference> {
        self.progress.as_ref().and(self.reference.as_ref())
    }
}

/// A setting of the server that decides whether what it has stored survives a power failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// Its name, such as `fsync`.
    pub name: String,
    /// Its value, such as `on`.
    pub value: String,
    /// Whether what was stored survives with this value.
    pub is_safe: bool,
}

/// How many rows are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All rows, without those that were replaced.
    pub total: u64,
    /// Rows that wait to be sent.
    pub prepared: u64,
    /// Rows that were claimed.
    pub in_flight: u64,
    /// Rows whose invoice was created.
    pub accepted: u64,
    /// Rows that are invalid or were rejected by the gateway.
    pub rejected: u64,
    /// Rows that may have been created.
    pub unknown: u64,
    /// Rows that a person has decided about.
    pub resolved: u64,
    /// Rows that wait for the next run.
    pub parked: u64,
    /// Rows with two invoices.
    pub duplicate: u64,
}

impl Counts {
    /// Returns the number of rows in `state`; 0 for rows that were replaced.
    #[must_use]
    pub fn of(&self, state: State) -> u64 {
        let mut counts = *self;
        counts.place(state).map_or(0, |count| *count)
    }

    /// Adds rows in `state`, unless they were replaced.
    pub fn add(&mut self, state: State, rows: u64) {
        if let Some(count) = self.place(state) {
            *count += rows;
            self.total += rows;
        }
    }

    fn place(&mut self, state: State) -> Option<&mut u64> {
        Some(match state {
            State::Prepared => &mut self.prepared,
            State::InFlight => &mut self.in_flight,
            State::Accepted => &mut self.accepted,
            State::Rejected => &mut self.rejected,
            State::Unknown => &mut self.unknown,
            State::Resolved => &mut self.resolved,
            State::Parked => &mut self.parked,
            State::Duplicate => &mut self.duplicate,
            State::Replaced => return None,
        })
    }
}

/// Shows neither the link nor the invoice.
impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detail")
            .field("reason", &self.reason)
            .field("has_link", &self.link.is_some())
            .field("status", &self.status)
            .finish()
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("reference", &self.reference)
            .field("epoch", &self.epoch)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StoredRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRow")
            .field("number", &self.number)
            .field("line", &self.line)
            .field("reference", &self.reference)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
