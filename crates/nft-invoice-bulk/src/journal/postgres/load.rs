use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use nft_invoice::{Mode, Reference};

use super::super::correction::{Correction, misnamed};
use super::super::namesake::{NewCounts, Recognized, free_name, recognize};
use super::super::{Detail, JournalError, Loaded, Source};
use super::Process;
use super::batch::{Batch, NOW_MS};
use super::namesakes::{drop_invalid, keep_nameless, names, namesakes};
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
            CREATE TEMP TABLE nft_invoice_seen (number bigint NOT NULL, is_read boolean NOT NULL) ON COMMIT DROP;
            CREATE INDEX ON nft_invoice_seen (number);
            CREATE TEMP TABLE nft_invoice_count (hash bytea PRIMARY KEY, rows bigint NOT NULL) ON COMMIT DROP";
        session.batch(BEGIN).await?;
        let names = names(session, source.name()).await?;
        // What the input is called if it is not one that the journal has.
        let free = free_name(source.name(), &names);
        let mut loaded = Loaded::default();
        let mut new = NewCounts::default();
        let mut corrections = Corrections::default();
        loop {
            let (rows, next) = read(source).await?;
            source = next;
            if rows.is_empty() {
                break;
            }
            let page = Page {
                input: &free,
                loaded: &mut loaded,
                new: &mut new,
                corrections: &mut corrections,
            };
            self.page(session, &mut *source, rows, page).await?;
        }
        session.batch("ANALYZE nft_invoice_seen").await?;
        loaded.new = new.valid;
        loaded.replaced = corrections.replace_named(session).await?;
        new.noted = loaded.replaced;
        let namesakes = namesakes(session, &names, &free).await?;
        let rows = loaded.known + loaded.new + loaded.invalid;
        let recognized = recognize(&namesakes, new, rows, self.allow_missing);
        if let Recognized::Same {
            name,
            replaces_rejected,
            replaces_invalid,
            ..
        } = recognized
        {
            keep_nameless(session, name, &free).await?;
            let which = (replaces_rejected, replaces_invalid);
            loaded.replaced += corrections.replace_gone(session, name, which).await?;
            loaded.dropped = drop_invalid(session, name).await?;
        }
        let (name, may_resume) = match recognized {
            Recognized::Same { name, has_new, .. } => (name, !has_new),
            Recognized::Other { is_known } => (&free[..], is_known),
        };
        const MOVE: &str = "
            UPDATE nft_invoice_row AS r SET input = $1 FROM nft_invoice_seen AS s
            WHERE s.number = r.number AND s.is_read AND r.input <> $1";
        session.query(MOVE, &[&name]).await?;
        name.clone_into(&mut loaded.input);
        const MISSING: &str = "
            SELECT count(*) FROM nft_invoice_row AS r WHERE state <> 'replaced'
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)";
        let missing: i64 = session.one(MISSING, &[]).await?.get(0);
        loaded.missing = missing.unsigned_abs();
        if loaded.missing > 0 && !may_resume && !self.allow_missing {
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
        page: Page<'_>,
    ) -> Result<(), Fault> {
        let Page {
            input,
            loaded,
            new: new_counts,
            corrections,
        } = page;
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
        let mut numbers = Vec::new();
        let mut by_note = named(session, &rows).await?;
        let mut asked = Vec::new();
        for Row {
            line,
            replaces,
            id,
            content,
        } in rows
        {
            match content {
                RowContent::Invalid(row) => {
                    found_invalid.push(FoundInvalid {
                        line,
                        id,
                        faults: serde_json::to_string(&row.faults).unwrap_or_default(),
                        reference: row.hash.map(|hash| nth(&hash)),
                        stored: replaces.and_then(|other| by_note.remove(other.as_str())),
                    });
                }
                RowContent::Valid(row) if row.mode == Mode::Hosted => {
                    let reference = nth(&row.hash);
                    asked.extend(replaces.map(|other| (found.len(), other)));
                    found.push(Found {
                        reference,
                        line,
                        id,
                        row,
                    });
                }
                RowContent::Valid(_) => return Err(JournalError::OtherMode(Mode::Hosted).into()),
            }
        }
        count(session, counts).await?;
        let references = found.iter().map(|row| &row.reference);
        let invalid = found_invalid.iter();
        let references = references.chain(invalid.filter_map(|row| row.reference.as_ref()));
        let mut known = known(session, references.map(Reference::as_str).collect()).await?;
        let mut moved = (Vec::new(), Vec::new());
        for row in &found {
            match known.get(row.reference.as_str()) {
                Some(stored) => {
                    loaded.known += 1;
                    if stored.line != row.line as i64 || stored.has_faults {
                        moved.0.push(stored.number);
                        moved.1.push(row.line as i64);
                    }
                }
                None => {
                    new_counts.valid += 1;
                    new.push(row);
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
        let outdated = found.iter().filter(|row| is_outdated(&row.reference));
        loaded.outdated += outdated.count() as u64;
        let mut updated = (Vec::new(), Vec::new(), Vec::new());
        loaded.invalid += found_invalid.len() as u64;
        for row in &mut found_invalid {
            if row.stored.is_none()
                && let Some(reference) = &row.reference
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
                    new_counts.invalid += 1;
                    new.push_invalid(row);
                }
            }
        }
        if !updated.0.is_empty() {
            const UPDATE: &str = "
                UPDATE nft_invoice_row AS r SET line = u.line, faults = u.faults
                FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS u(number, line, faults)
                WHERE r.number = u.number AND (r.line, r.faults) IS DISTINCT FROM (u.line, u.faults)";
            session
                .query(UPDATE, &[&updated.0, &updated.1, &updated.2])
                .await?;
        }
        if !moved.0.is_empty() {
            const MOVE: &str = "
                UPDATE nft_invoice_row AS r SET line = u.line, faults = NULL
                FROM unnest($1::bigint[], $2::bigint[]) AS u(number, line) WHERE r.number = u.number";
            session.query(MOVE, &[&moved.0, &moved.1]).await?;
        }
        for (reference, number) in new.insert(session, input).await? {
            match reference {
                Some(reference) => {
                    known.insert(reference, Known::new(number));
                }
                None => numbers.push(number),
            }
        }
        for row in found_invalid {
            let stored = row.reference.filter(|_| row.stored.is_none());
            let stored = stored.and_then(|reference| known.get(reference.as_str()));
            let number = row.stored.map(|(number, _)| number);
            numbers.extend(number.or(stored.map(|stored| stored.number)));
        }
        for Found { reference, row, .. } in found {
            let Some(stored) = known.get(reference.as_str()) else {
                return Err(JournalError::Failed.into());
            };
            numbers.push(stored.number);
            source.loaded(&reference, stored.state, row);
        }
        see(session, &numbers, true).await
    }
}

/// What a page of rows is added to.
struct Page<'a> {
    /// What new rows' input is called meanwhile.
    input: &'a str,
    loaded: &'a mut Loaded,
    new: &'a mut NewCounts,
    corrections: &'a mut Corrections,
}

/// What the rows of an input correct.
#[derive(Default)]
struct Corrections {
    batch: Batch,
    /// Rows that are sent again.
    retried: HashSet<Reference>,
    /// Rows that are replaced, unless the input contains them.
    replaced: Vec<Reference>,
}

impl Corrections {
    /// Decides about rows of which a note says whose place they take: `asked` has their places in `found`. Returns how
    /// many are sent again.
    async fn take(
        &mut self,
        session: &Session,
        asked: &[(usize, Reference)],
        found: &[Found],
        known: &mut HashMap<String, Known>,
    ) -> Result<u64, Fault> {
        if asked.is_empty() {
            return Ok(0);
        }
        let own = asked.iter().map(|(at, _)| found[*at].reference.as_str());
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
            let Found { reference, row, .. } = &found[*at];
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
            if correction.misses {
                return Err(misnamed(found[*at].line).into());
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

    /// Replaces the rejected rows that notes name, and that the input does not contain; returns how many.
    async fn replace_named(&mut self, session: &Session) -> Result<u64, Fault> {
        let select = format!(
            "SELECT {PROGRESS} FROM nft_invoice_row AS r
             WHERE state = 'rejected' AND reference = ANY($1)
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)
             ORDER BY number FOR UPDATE"
        );
        let names: Vec<_> = self.replaced.iter().map(Reference::as_str).collect();
        let rows = session.query(&select, &[&names]).await?;
        self.replace(session, rows).await
    }

    /// Replaces the rows of this input that the gateway rejected, the invalid ones, or both, if it does not contain them any
    /// more; returns how many.
    async fn replace_gone(
        &mut self,
        session: &Session,
        input: &str,
        (rejected, invalid): (bool, bool),
    ) -> Result<u64, Fault> {
        if !rejected && !invalid {
            return Ok(0);
        }
        let select = format!(
            "SELECT {PROGRESS} FROM nft_invoice_row AS r
             WHERE state = 'rejected' AND input = $1 AND reference IS NOT NULL
                AND CASE WHEN amount IS NULL THEN $3::boolean ELSE $2 END
                AND NOT EXISTS (SELECT FROM nft_invoice_seen AS s WHERE s.number = r.number)
             ORDER BY number FOR UPDATE"
        );
        let rows = session
            .query(&select, &[&input, &rejected, &invalid])
            .await?;
        self.replace(session, rows).await
    }

    async fn replace(
        &mut self,
        session: &Session,
        rows: Vec<tokio_postgres::Row>,
    ) -> Result<u64, Fault> {
        let mut replaced = Vec::new();
        for row in rows {
            let (number, progress) = progress(&row)?;
            let place = self.batch.add(number, progress);
            let event = Event::Replaced;
            let applied = self.batch.apply(place, &event, &Detail::default());
            replaced.extend(applied.is_ok().then_some(number));
        }
        // They are written at the end, and not missing until then.
        see(session, &replaced, false).await?;
        Ok(replaced.len() as u64)
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

/// A valid row of the input.
struct Found {
    reference: Reference,
    line: u64,
    id: Option<String>,
    row: ValidRow,
}

/// An invalid row of the input.
struct FoundInvalid {
    line: u64,
    id: Option<String>,
    faults: String,
    /// `None` if what it contains is not known.
    reference: Option<Reference>,
    /// Its number and its state, if the journal has it.
    stored: Option<(i64, State)>,
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
    const SELECT: &str = "SELECT hash, rows FROM nft_invoice_count WHERE hash = ANY($1)";
    let mut counts = HashMap::with_capacity(hashes.len());
    for row in session.query(SELECT, &[&hashes]).await? {
        let (hash, count): (Vec<u8>, i64) = (column(&row, 0)?, column(&row, 1)?);
        let hash = RowHash::try_from(hash).map_err(|_| JournalError::Failed)?;
        counts.insert(hash, count.unsigned_abs());
    }
    Ok(counts)
}

/// Stores how often these hashes were in the input until here.
async fn count(session: &Session, counts: HashMap<RowHash, u64>) -> Result<(), Fault> {
    const COUNT: &str = "
        INSERT INTO nft_invoice_count SELECT * FROM unnest($1::bytea[], $2::bigint[])
        ON CONFLICT (hash) DO UPDATE SET rows = EXCLUDED.rows";
    let counts = counts.into_iter();
    let (hashes, rows): (Vec<_>, Vec<_>) = counts
        .map(|(hash, rows)| (hash.to_vec(), rows as i64))
        .unzip();
    session.query(COUNT, &[&hashes, &rows]).await?;
    Ok(())
}

/// Takes note of rows that are not missing: the input contains them, or they are replaced.
async fn see(session: &Session, numbers: &[i64], is_read: bool) -> Result<(), Fault> {
    const SEE: &str =
        "INSERT INTO nft_invoice_seen SELECT number, $2 FROM unnest($1::bigint[]) AS u(number)";
    session.query(SEE, &[&numbers, &is_read]).await?;
    Ok(())
}

/// A row of the input that the journal has.
struct Known {
    number: i64,
    state: State,
    line: i64,
    /// Those of a correction that was invalid.
    has_faults: bool,
}

impl Known {
    fn new(number: i64) -> Self {
        Self {
            number,
            state: State::Prepared,
            line: 0,
            has_faults: false,
        }
    }
}

async fn known(session: &Session, references: Vec<&str>) -> Result<HashMap<String, Known>, Fault> {
    const SELECT: &str = "
        SELECT reference, number, state, line, faults IS NOT NULL FROM nft_invoice_row WHERE reference = ANY($1)";
    let mut known = HashMap::new();
    for row in session.query(SELECT, &[&references]).await? {
        let number = column(&row, 1)?;
        let stored = Known {
            number,
            state: state(&row, 2, number)?,
            line: column(&row, 3)?,
            has_faults: column(&row, 4)?,
        };
        known.insert(column(&row, 0)?, stored);
    }
    Ok(known)
}

/// The columns of rows to insert.
#[derive(Default)]
struct NewRows {
    lines: Vec<i64>,
    ids: Vec<Option<String>>,
    references: Vec<Option<String>>,
    amounts: Vec<Option<String>>,
    emails: Vec<Option<Vec<u8>>>,
    states: Vec<&'static str>,
    faults: Vec<Option<String>>,
    invoices: Vec<Option<String>>,
    data: Vec<Option<String>>,
}

impl NewRows {
    fn push(&mut self, found: &Found) {
        let row = &found.row;
        self.lines.push(found.line as i64);
        self.ids.push(found.id.clone());
        self.references
            .push(Some(found.reference.as_str().to_owned()));
        self.amounts.push(Some(row.amount.clone()));
        self.emails.push(Some(row.email.to_vec()));
        self.states.push(State::Prepared.as_str());
        self.faults.push(None);
        self.invoices.push(Some(row.invoice.clone()));
        self.data.push(row.data.clone());
    }

    fn push_invalid(&mut self, row: &FoundInvalid) {
        let reference = row.reference.as_ref();
        self.lines.push(row.line as i64);
        self.ids.push(row.id.clone());
        self.references
            .push(reference.map(|reference| reference.as_str().to_owned()));
        self.amounts.push(None);
        self.emails.push(None);
        self.states.push(State::Rejected.as_str());
        self.faults.push(Some(row.faults.clone()));
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
                 INSERT INTO nft_invoice_row (input, line, id, reference, amount, email, state, faults, invoice, data)
                 SELECT $1, u.line, u.id, u.reference, u.amount, u.email, u.state, u.faults, u.invoice, u.data
                 FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[],
                             $9::text[], $10::text[])
                     AS u(line, id, reference, amount, email, state, faults, invoice, data)
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
                    &self.ids,
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
