use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use nft_invoice::{Mode, Reference};

use super::super::correction::{Correction, Gone, Places};
use super::super::{Detail, JournalError, Loaded, Source};
use super::Process;
use super::batch::{Batch, NOW_MS};
use super::session::{Fault, Mark, Session, Work};
use super::stored::{PROGRESS, column, progress, state};
use crate::input::{Row, RowContent, ValidRow};
use crate::lifecycle::{Event, State};
use crate::planted::has_bug;
use crate::{JournalKey, RowHash};

/// Takes the rows of an input. A row is known by its hash, and by its number among the rows with this hash.
pub(super) struct Load<'a> {
    pub(super) process: &'a Process,
    pub(super) journal: &'a str,
    pub(super) key: &'a JournalKey,
    /// Taken by the first attempt: an input is read once.
    pub(super) source: Option<Box<dyn Source>>,
    pub(super) allow_missing: bool,
}

/// How many rows are read before they are written.
const PAGE: usize = 1000;

#[async_trait]
impl Work for Load<'_> {
    type Output = Loaded;

    /// As long as the input takes.
    const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

    async fn run(&mut self, session: &Session) -> Result<Self::Output, Fault> {
        let mut source = self.source.take().ok_or(JournalError::Failed)?;
        // One input at a time.
        const BEGIN: &str = "
            SELECT FROM nft_invoice_journal FOR UPDATE;
            SET LOCAL idle_in_transaction_session_timeout = 0;
            CREATE TEMP TABLE nft_invoice_seen (number bigint NOT NULL, hash bytea NOT NULL) ON COMMIT DROP;
            CREATE INDEX ON nft_invoice_seen (hash)";
        session.batch(BEGIN).await?;
        let mut loaded = Loaded::default();
        let mut corrections = Corrections::default();
        loop {
            let (rows, next) = read(source).await?;
            source = next;
            if rows.is_empty() {
                break;
            }
            self.page(session, &mut *source, rows, &mut loaded, &mut corrections)
                .await?;
        }
        session.batch("ANALYZE nft_invoice_seen").await?;
        (loaded.replaced, loaded.dropped) = corrections.replace(session, source.name()).await?;
        const MISSING: &str = "
            SELECT count(*) FROM nft_invoice_row AS r WHERE state <> 'replaced'
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)";
        let missing: i64 = session.one(MISSING, &[]).await?.get(0);
        // What was replaced is not written yet.
        loaded.missing = missing.unsigned_abs() - loaded.replaced;
        if loaded.missing > 0 && !self.allow_missing {
            return Err(JournalError::RowsMissing(loaded).into());
        }
        const MARK: &str = "
            INSERT INTO nft_invoice_mark SELECT $1, max(number) FROM nft_invoice_event HAVING count(*) > 0
            ON CONFLICT (process) DO UPDATE SET number = EXCLUDED.number
            RETURNING number";
        if !corrections.batch.finish(session, self.process) {
            let marked = session.query(MARK, &[&self.process.name]).await?;
            if let Some(row) = marked.first() {
                session.set_mark(Mark::Written(row.get(0)));
            }
        }
        Ok(loaded)
    }

    fn ends_with(&self) -> Option<&'static str> {
        self.source.is_none().then_some(
            "the connection was lost while the input was loaded, which stores all of it or nothing",
        )
    }
}

impl Load<'_> {
    async fn page(
        &mut self,
        session: &Session,
        source: &mut dyn Source,
        rows: Vec<Row>,
        loaded: &mut Loaded,
        corrections: &mut Corrections,
    ) -> Result<(), Fault> {
        let mut counts = seen(session, &rows).await?;
        let mut nth = |hash: &RowHash| {
            let n = counts.entry(*hash).or_default();
            let reference = self.key.reference(
                self.journal,
                hash,
                if has_bug("reference-reused") { 0 } else { *n },
            );
            *n += 1;
            reference
        };
        let mut new = NewRows::default();
        let mut found = Vec::with_capacity(rows.len());
        let mut found_invalid = Vec::new();
        let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
        let by_place = invalid(session, source.name(), &rows).await?;
        let mut by_note = named(session, &rows).await?;
        let mut asked = Vec::new();
        for Row {
            line,
            replaces,
            content,
        } in rows
        {
            match content {
                RowContent::Invalid(row) => {
                    let reference = row.hash.map(|hash| (nth(&hash), hash));
                    let stored = replaces.and_then(|other| by_note.remove(other.as_str()));
                    let stored = match &reference {
                        None => stored.or_else(|| by_place.get(&(line as i64)).copied()),
                        Some(_) => stored,
                    };
                    found_invalid.push(FoundInvalid {
                        line,
                        faults: serde_json::to_string(&row.faults).unwrap_or_default(),
                        reference,
                        stored,
                    });
                }
                RowContent::Valid(row) if row.mode == Mode::Hosted => {
                    let reference = nth(&row.hash);
                    asked.extend(replaces.map(|other| (found.len(), other)));
                    found.push((reference, line, row));
                }
                RowContent::Valid(_) => return Err(JournalError::OtherMode(Mode::Hosted).into()),
            }
        }
        let references = found.iter().map(|(reference, ..)| reference);
        let invalid = found_invalid
            .iter()
            .filter_map(|row| row.reference.as_ref());
        let references = references.chain(invalid.map(|(reference, _)| reference));
        let mut known = known(session, references.map(Reference::as_str).collect()).await?;
        let mut moved = (Vec::new(), Vec::new());
        for (reference, line, row) in &found {
            match known.get(reference.as_str()) {
                Some(stored) => {
                    loaded.known += 1;
                    let place = (stored.input.as_str(), stored.line);
                    if place != (source.name(), *line as i64) || stored.has_faults {
                        moved.0.push(stored.number);
                        moved.1.push(*line as i64);
                    }
                }
                None => {
                    loaded.new += 1;
                    corrections.places.valid += 1;
                    new.push(reference, *line, row);
                }
            }
        }
        loaded.retried += corrections
            .take(session, &asked, &found, &mut known)
            .await?;
        let is_outdated = |name: &Reference| {
            let stored = known.get(name.as_str());
            stored.is_some_and(|stored| stored.state == State::Replaced)
        };
        let outdated = found.iter().filter(|(name, ..)| is_outdated(name));
        loaded.outdated += outdated.count() as u64;
        let mut updated = (Vec::new(), Vec::new(), Vec::new());
        loaded.invalid += found_invalid.len() as u64;
        for row in &mut found_invalid {
            if row.stored.is_none()
                && let Some((reference, _)) = &row.reference
            {
                let stored = known.get(reference.as_str());
                row.stored = stored.map(|stored| (stored.number, stored.state));
            }
            match row.stored {
                Some((number, state)) => {
                    loaded.outdated += u64::from(state == State::Replaced);
                    updated.0.push(number);
                    updated.1.push(row.line as i64);
                    updated.2.push(row.faults.clone());
                }
                None => {
                    corrections.places.invalid += 1;
                    let reference = row.reference.as_ref().map(|(reference, _)| reference);
                    new.push_invalid(reference, row.line, row.faults.clone());
                }
            }
        }
        if !updated.0.is_empty() {
            const UPDATE: &str = "
                UPDATE nft_invoice_row AS r SET input = $1, line = u.line, faults = u.faults
                FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS u(number, line, faults)
                WHERE r.number = u.number AND (r.input, r.line, r.faults) IS DISTINCT FROM ($1, u.line, u.faults)";
            session
                .query(
                    UPDATE,
                    &[&source.name(), &updated.0, &updated.1, &updated.2],
                )
                .await?;
        }
        if !moved.0.is_empty() {
            const MOVE: &str = "
                UPDATE nft_invoice_row AS r SET input = $1, line = u.line, faults = NULL
                FROM unnest($2::bigint[], $3::bigint[]) AS u(number, line) WHERE r.number = u.number";
            session
                .query(MOVE, &[&source.name(), &moved.0, &moved.1])
                .await?;
        }
        for (reference, number) in new.insert(session, source.name()).await? {
            match reference {
                Some(reference) => {
                    known.insert(reference, Known::new(number));
                }
                None => {
                    numbers.push(number);
                    hashes.push(Vec::new());
                }
            }
        }
        for row in found_invalid {
            let hash = row.reference.as_ref().map(|(_, hash)| hash.to_vec());
            let stored = row.reference.filter(|_| row.stored.is_none());
            let stored = stored.and_then(|(reference, _)| known.get(reference.as_str()));
            if let Some(number) = row
                .stored
                .map(|(number, _)| number)
                .or(stored.map(|stored| stored.number))
            {
                numbers.push(number);
                hashes.push(hash.unwrap_or_default());
            }
        }
        for (reference, _, row) in found {
            let Some(stored) = known.get(reference.as_str()) else {
                return Err(JournalError::Failed.into());
            };
            numbers.push(stored.number);
            hashes.push(row.hash.to_vec());
            source.loaded(&reference, stored.state, row);
        }
        const SEE: &str =
            "INSERT INTO nft_invoice_seen SELECT * FROM unnest($1::bigint[], $2::bytea[])";
        session.query(SEE, &[&numbers, &hashes]).await?;
        Ok(())
    }
}

/// What the rows of an input correct.
#[derive(Default)]
struct Corrections {
    batch: Batch,
    /// Rows that are sent again.
    retried: HashSet<Reference>,
    /// Rows that are replaced, unless the input contains them.
    replaced: Vec<Reference>,
    places: Places,
}

impl Corrections {
    /// Decides about rows of which a note says whose place they take: `asked` has their places in `found`. Returns how
    /// many are sent again.
    async fn take(
        &mut self,
        session: &Session,
        asked: &[(usize, Reference)],
        found: &[(Reference, u64, ValidRow)],
        known: &mut HashMap<String, Known>,
    ) -> Result<u64, Fault> {
        if asked.is_empty() {
            return Ok(0);
        }
        let own = asked.iter().map(|(at, _)| found[*at].0.as_str());
        let names: Vec<_> = own
            .chain(asked.iter().map(|(_, other)| other.as_str()))
            .collect();
        let mut rows = HashMap::new();
        let select = format!(
            "SELECT {PROGRESS}, reference FROM nft_invoice_row
             WHERE reference = ANY($1) AND state IN ('rejected', 'replaced') ORDER BY number FOR UPDATE"
        );
        for row in session.query(&select, &[&names]).await? {
            let (number, progress) = progress(&row)?;
            let place = self.batch.add(number, progress);
            rows.insert(column::<String>(&row, 9)?, (number, place));
        }
        let mut again = (Vec::new(), Vec::new(), Vec::new());
        for (at, other) in asked {
            let (reference, _, row) = &found[*at];
            let state_of = |name: &Reference| {
                let (_, place) = rows.get(name.as_str())?;
                Some(self.batch.state(*place))
            };
            let state = known.get(reference.as_str()).map(|stored| stored.state);
            let state = state_of(reference).or(state);
            let other_state = if self.retried.contains(other) {
                Some(State::Rejected)
            } else {
                state_of(other)
            };
            let correction = Correction::new(reference, state, other, other_state);
            if correction.retries
                && let Some((number, place)) = rows.get(reference.as_str())
                && (self
                    .batch
                    .apply(*place, &Event::Retried, &Detail::default()))
                .is_ok()
            {
                self.retried.insert(reference.clone());
                again.0.push(*number);
                again.1.push(row.invoice.clone());
                again.2.push(row.data.clone());
                if let Some(stored) = known.get_mut(reference.as_str()) {
                    stored.state = State::Prepared;
                }
            }
            self.replaced
                .extend(correction.replaces.then(|| other.clone()));
        }
        if !again.0.is_empty() {
            // The journal has forgotten what they contain.
            const FILL: &str = "
                UPDATE nft_invoice_row AS r SET invoice = u.invoice, data = u.data, faults = NULL
                FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u(number, invoice, data) WHERE r.number = u.number";
            session.query(FILL, &[&again.0, &again.1, &again.2]).await?;
        }
        Ok(again.0.len() as u64)
    }

    /// Replaces rejected rows that the input does not contain, and drops the other invalid ones of an input of this name;
    /// returns how many of both.
    async fn replace(&mut self, session: &Session, input: &str) -> Result<(u64, u64), Fault> {
        let others = "
            SELECT count(*) FROM nft_invoice_row AS r
            WHERE input = $1 AND state NOT IN ('rejected', 'replaced')
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)";
        let others: i64 = session.one(others, &[&input]).await?.get(0);
        let select = format!(
            "SELECT {PROGRESS}, coalesce(reference = ANY($2), false), amount IS NULL, reference IS NULL
             FROM nft_invoice_row AS r
             WHERE state = 'rejected' AND (reference = ANY($2) OR input = $1)
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)
             ORDER BY number FOR UPDATE"
        );
        let names: Vec<_> = self.replaced.iter().map(Reference::as_str).collect();
        let mut named = Vec::new();
        let mut gone = Gone {
            rejected: Vec::new(),
            invalid: Vec::new(),
            others: others.unsigned_abs(),
        };
        let mut dropped = HashSet::new();
        for row in session.query(&select, &[&input, &names]).await? {
            let (number, progress) = progress(&row)?;
            let (is_named, is_invalid, is_by_line) =
                (column(&row, 9)?, column(&row, 10)?, column(&row, 11)?);
            if is_invalid {
                dropped.insert(number);
            }
            if is_by_line {
                continue;
            }
            let row = (number, self.batch.add(number, progress));
            match (is_named, is_invalid) {
                (true, _) => named.push(row),
                (_, true) => gone.invalid.push(row),
                _ => gone.rejected.push(row),
            }
        }
        let mut replace = |rows: Vec<(i64, usize)>| {
            let mut applied = 0;
            for (number, place) in rows {
                let replaced = self
                    .batch
                    .apply(place, &Event::Replaced, &Detail::default());
                dropped.remove(&number);
                applied += u64::from(replaced.is_ok());
            }
            applied
        };
        let named = replace(named);
        self.places.take(named);
        let replaced = named + replace(gone.corrected(&self.places));
        // Invalid rows were never sent: a person can remove them.
        let dropped: Vec<_> = dropped.into_iter().collect();
        if !dropped.is_empty() {
            const DROP: &str = "DELETE FROM nft_invoice_row WHERE number = ANY($1)";
            session.query(DROP, &[&dropped]).await?;
        }
        Ok((replaced, dropped.len() as u64))
    }
}

/// Reads the next rows on a thread for blocking work.
async fn read(mut source: Box<dyn Source>) -> Result<(Vec<Row>, Box<dyn Source>), Fault> {
    let read = tokio::task::spawn_blocking(move || {
        let mut rows = Vec::with_capacity(PAGE);
        while rows.len() < PAGE {
            match source.next()? {
                Some(row) => rows.push(row),
                None => break,
            }
        }
        Ok((rows, source))
    });
    let read = read.await.map_err(|_| JournalError::Failed)?;
    Ok(read.map_err(JournalError::Input)?)
}

/// An invalid row of the input.
struct FoundInvalid {
    line: u64,
    faults: String,
    /// With the hash that it was made of. `None` if it is known by its place.
    reference: Option<(Reference, RowHash)>,
    /// Its number and its state, if the journal has it.
    stored: Option<(i64, State)>,
}

/// The invalid rows of this input that are known by their lines: their numbers and states.
async fn invalid(
    session: &Session,
    input: &str,
    rows: &[Row],
) -> Result<HashMap<i64, (i64, State)>, Fault> {
    let is_known_by_line =
        |row: &&Row| matches!(&row.content, RowContent::Invalid(row) if row.hash.is_none());
    let lines = rows.iter().filter(is_known_by_line);
    let lines: Vec<_> = lines.map(|row| row.line as i64).collect();
    if lines.is_empty() {
        return Ok(HashMap::new());
    }
    const SELECT: &str = "
        SELECT line, number, state FROM nft_invoice_row
        WHERE input = $1 AND line = ANY($2) AND reference IS NULL";
    let rows = session.query(SELECT, &[&input, &lines]).await?;
    rows.iter()
        .map(|row| {
            let number = column(row, 1)?;
            Ok((column(row, 0)?, (number, state(row, 2, number)?)))
        })
        .collect()
}

/// Rejected rows that notes of invalid rows name, and that the input has not contained until here: their numbers and
/// states.
async fn named(session: &Session, rows: &[Row]) -> Result<HashMap<String, (i64, State)>, Fault> {
    let invalid = rows
        .iter()
        .filter(|row| matches!(row.content, RowContent::Invalid(_)));
    let names = invalid.filter_map(|row| row.replaces.as_ref());
    let names: Vec<_> = names.map(Reference::as_str).collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    const SELECT: &str = "
        SELECT reference, number, state FROM nft_invoice_row AS r
        WHERE reference = ANY($1) AND state IN ('rejected', 'replaced')
            AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)";
    let rows = session.query(SELECT, &[&names]).await?;
    rows.iter()
        .map(|row| {
            let number = column(row, 1)?;
            Ok((column(row, 0)?, (number, state(row, 2, number)?)))
        })
        .collect()
}

/// How often the hashes of these rows were in the input before.
async fn seen(session: &Session, rows: &[Row]) -> Result<HashMap<RowHash, u64>, Fault> {
    let hashes: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.content {
            RowContent::Valid(row) => Some(row.hash.to_vec()),
            RowContent::Invalid(row) => row.hash.map(|hash| hash.to_vec()),
        })
        .collect();
    const SELECT: &str =
        "SELECT hash, count(*) FROM nft_invoice_seen WHERE hash = ANY($1) GROUP BY hash";
    let mut counts = HashMap::with_capacity(hashes.len());
    for row in session.query(SELECT, &[&hashes]).await? {
        let (hash, count): (Vec<u8>, i64) = (column(&row, 0)?, column(&row, 1)?);
        let hash = RowHash::try_from(hash).map_err(|_| JournalError::Failed)?;
        counts.insert(hash, count.unsigned_abs());
    }
    Ok(counts)
}

/// A row of the input that the journal has.
struct Known {
    number: i64,
    state: State,
    input: String,
    line: i64,
    /// Those of a correction that was invalid.
    has_faults: bool,
}

impl Known {
    fn new(number: i64) -> Self {
        Self {
            number,
            state: State::Prepared,
            input: String::new(),
            line: 0,
            has_faults: false,
        }
    }
}

async fn known(session: &Session, references: Vec<&str>) -> Result<HashMap<String, Known>, Fault> {
    const SELECT: &str = "
        SELECT reference, number, state, input, line, faults IS NOT NULL FROM nft_invoice_row WHERE reference = ANY($1)";
    let mut known = HashMap::new();
    for row in session.query(SELECT, &[&references]).await? {
        let number = column(&row, 1)?;
        let stored = Known {
            number,
            state: state(&row, 2, number)?,
            input: column(&row, 3)?,
            line: column(&row, 4)?,
            has_faults: column(&row, 5)?,
        };
        known.insert(column(&row, 0)?, stored);
    }
    Ok(known)
}

/// The columns of rows to insert.
#[derive(Default)]
struct NewRows {
    lines: Vec<i64>,
    references: Vec<Option<String>>,
    amounts: Vec<Option<String>>,
    emails: Vec<Option<Vec<u8>>>,
    states: Vec<&'static str>,
    faults: Vec<Option<String>>,
    invoices: Vec<Option<String>>,
    data: Vec<Option<String>>,
}

impl NewRows {
    fn push(&mut self, reference: &Reference, line: u64, row: &ValidRow) {
        self.lines.push(line as i64);
        self.references.push(Some(reference.as_str().to_owned()));
        self.amounts.push(Some(row.amount.clone()));
        self.emails.push(Some(row.email.to_vec()));
        self.states.push(State::Prepared.as_str());
        self.faults.push(None);
        self.invoices.push(Some(row.invoice.clone()));
        self.data.push(row.data.clone());
    }

    fn push_invalid(&mut self, reference: Option<&Reference>, line: u64, faults: String) {
        self.lines.push(line as i64);
        self.references
            .push(reference.map(|reference| reference.as_str().to_owned()));
        self.amounts.push(None);
        self.emails.push(None);
        self.states.push(State::Rejected.as_str());
        self.faults.push(Some(faults));
        self.invoices.push(None);
        self.data.push(None);
    }

    /// Inserts them in the order of the input, with an event for each valid one; returns references and numbers.
    async fn insert(
        &self,
        session: &Session,
        input: &str,
    ) -> Result<Vec<(Option<String>, i64)>, Fault> {
        if self.lines.is_empty() {
            return Ok(Vec::new());
        }
        let insert = format!(
            "WITH stored AS (
                 INSERT INTO nft_invoice_row (input, line, reference, amount, email, state, faults, invoice, data)
                 SELECT $1, u.line, u.reference, u.amount, u.email, u.state, u.faults, u.invoice, u.data
                 FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
                             $9::text[])
                     AS u(line, reference, amount, email, state, faults, invoice, data)
                 ORDER BY u.line
                 RETURNING reference, number, amount IS NOT NULL AS is_valid
             ), happened AS (
                 INSERT INTO nft_invoice_event (at, row, event, epoch, state)
                 SELECT {NOW_MS}, number, 'prepared', 0, 'prepared' FROM stored WHERE is_valid
                 ORDER BY number
             )
             SELECT reference, number FROM stored"
        );
        let rows = session
            .query(
                &insert,
                &[
                    &input,
                    &self.lines,
                    &self.references,
                    &self.amounts,
                    &self.emails,
                    &self.states,
                    &self.faults,
                    &self.invoices,
                    &self.data,
                ],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((column(row, 0)?, column(row, 1)?)))
            .collect()
    }
}
