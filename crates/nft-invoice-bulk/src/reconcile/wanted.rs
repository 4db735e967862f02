use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nft_invoice::{
    Amount, Date, HistoryEntry, HistoryFilter, HistoryQuery, Received, Reference, SortOrder,
};

use crate::RowHash;
use crate::journal::{JournalError, StoredRow};
use crate::key::JournalKey;
use crate::planted::has_bug;

/// The rows that a reconciliation looks for.
pub(super) struct Wanted {
    rows: HashSet<Reference>,
    /// Those of them whose invoices are known to exist.
    controls: HashSet<Reference>,
    amounts: HashMap<RowHash, HashSet<Amount>>,
    first: i64,
    last: i64,
    /// Whether rows that look unsent are looked for, too.
    has_unsent: bool,
    /// Whether it is not known when one of the rows was sent.
    has_undated: bool,
}

/// The days of the history have no documented time zone, so a day more on both sides is read.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Wanted {
    pub(super) fn new() -> Self {
        Self {
            rows: HashSet::new(),
            controls: HashSet::new(),
            amounts: HashMap::new(),
            first: i64::MAX,
            last: i64::MIN,
            has_unsent: false,
            has_undated: false,
        }
    }

    /// Looks for rows that look unsent, too, up to now.
    pub(super) fn extend_to_now(&mut self) {
        self.last = now_ms();
        self.has_unsent = true;
    }

    pub(super) fn add(&mut self, row: StoredRow) -> Result<(), JournalError> {
        let damaged = |reason: &str| JournalError::Damaged {
            row: row.number,
            reason: reason.to_owned(),
        };
        // An invalid row was never sent.
        let (Some(reference), Some(progress)) = (row.reference.clone(), &row.progress) else {
            return Ok(());
        };
        // A copy did not contain the claim of its last epoch.
        let is_undated = progress.epoch > 0 && progress.owner.is_none();
        if row.sent_at.is_none() && !is_undated && !self.has_unsent {
            return Ok(());
        }
        let amount = row.amount.as_deref().and_then(|amount| amount.parse().ok());
        let amount = amount.ok_or_else(|| damaged("its amount cannot be read"))?;
        let email = row
            .email
            .ok_or_else(|| damaged("its e-mail address is missing"))?;
        self.amounts.entry(email).or_default().insert(amount);
        self.has_undated |= is_undated;
        if let Some(sent_at) = row.sent_at {
            self.first = self.first.min(sent_at);
            self.last = self.last.max(sent_at);
        }
        self.rows.insert(reference);
        Ok(())
    }

    /// Adds a row whose invoice is known to exist.
    pub(super) fn add_control(&mut self, row: StoredRow) -> Result<(), JournalError> {
        self.controls.extend(row.reference.clone());
        self.add(row)
    }

    pub(super) fn is_control(&self, reference: &Reference) -> bool {
        self.controls.contains(reference)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn contains(&self, reference: &Reference) -> bool {
        self.rows.contains(reference)
    }

    /// When the last of the rows was sent.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// The pages that can contain the rows, oldest first, so that invoices created meanwhile move nothing.
    pub(super) fn query(&self) -> HistoryQuery {
        let last = if self.has_undated {
            now_ms()
        } else {
            self.last
        };
        HistoryQuery {
            status: if has_bug("filtered-sweep") {
                HistoryFilter::Unpaid
            } else {
                HistoryFilter::All
            },
            // Without any time all days are read.
            from: (self.first < i64::MAX && !self.has_undated)
                .then(|| day(self.first.saturating_sub(DAY_MS))),
            to: Some(day(last.saturating_add(DAY_MS))),
            order: SortOrder::Asc,
            ..HistoryQuery::default()
        }
    }

    /// Whether an invoice can be one of the rows'. What cannot be read does not exclude it.
    pub(super) fn may_be(&self, entry: &HistoryEntry, key: &JournalKey) -> bool {
        let amounts = match &entry.email {
            None => None,
            Some(email) => match self.amounts.get(&key.email(email)) {
                None => return false,
                Some(amounts) => Some(amounts),
            },
        };
        match (amounts, entry.amount.as_ref().and_then(Received::value)) {
            (Some(amounts), Some(amount)) => amounts.iter().any(|wanted| *amount == *wanted),
            _ => true,
        }
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

fn day(ms: i64) -> Date {
    let ms = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    Date::at(UNIX_EPOCH.checked_add(ms).unwrap_or_else(SystemTime::now))
}
