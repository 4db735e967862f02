use async_trait::async_trait;
use nft_invoice::{Mode, Reference};
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::super::{Counts, JournalError, Owner, StoredRow, Timeline};
use super::session::{Fault, Session, Work};
use crate::RowHash;
use crate::lifecycle::{Progress, State};

/// The columns that make a life cycle, and the row's number, in the order in which [`progress`] reads them.
pub(super) const PROGRESS: &str =
    "number, state, epoch, owner, not_sent, unanswered, link_epoch, is_released, evidence";

/// A column, or that the row is damaged.
pub(super) fn column<T: FromSqlOwned>(row: &Row, at: usize) -> Result<T, Fault> {
    Ok(row.try_get(at)?)
}

/// Reads the number and the life cycle of a row that begins with the columns of [`PROGRESS`].
pub(super) fn progress(row: &Row) -> Result<(i64, Progress<Owner>), Fault> {
    let number = column(row, 0)?;
    let count = |at, what| {
        let value: i64 = column(row, at)?;
        u32::try_from(value).map_err(|_| damaged(number, what))
    };
    let link: Option<i64> = column(row, 6)?;
    let evidence: Option<String> = column(row, 8)?;
    let progress = Progress {
        mode: Mode::Hosted,
        state: state(row, 1, number)?,
        epoch: count(2, "epoch")?,
        owner: column::<Option<String>>(row, 3)?.map(Owner::from),
        not_sent: count(4, "attempts")?,
        unanswered: count(5, "attempts")?,
        link: link.is_some().then(|| count(6, "link")).transpose()?,
        is_released: column(row, 7)?,
        evidence: match evidence {
            Some(json) => serde_json::from_str(&json).map_err(|_| damaged(number, "evidence"))?,
            None => Default::default(),
        },
    };
    Ok((number, progress))
}

pub(super) fn state(row: &Row, at: usize, number: i64) -> Result<State, Fault> {
    let name: String = column(row, at)?;
    name.parse().map_err(|_| damaged(number, "state"))
}

pub(super) fn reference(name: String, number: i64) -> Result<Reference, Fault> {
    Reference::new(name).map_err(|_| damaged(number, "reference"))
}

/// What a row contains cannot be understood.
pub(super) fn damaged(number: i64, what: &str) -> Fault {
    Fault::Failed(JournalError::Damaged {
        row: number,
        reason: format!("its {what} cannot be read"),
    })
}

pub(super) struct ReadCounts;

#[async_trait]
impl Work for ReadCounts {
    type Output = Counts;

    async fn run(&mut self, session: &Session) -> Result<Counts, Fault> {
        let mut counts = Counts::default();
        let select = "SELECT state, count(*), min(number) FROM nft_invoice_row GROUP BY state";
        for row in session.query(select, &[]).await? {
            let count: i64 = column(&row, 1)?;
            counts.add(state(&row, 0, column(&row, 2)?)?, count.unsigned_abs());
        }
        Ok(counts)
    }
}

pub(super) struct ReadTimeline;

#[async_trait]
impl Work for ReadTimeline {
    type Output = Timeline;

    async fn run(&mut self, session: &Session) -> Result<Timeline, Fault> {
        const ENDS: &str = "event LIKE 'ended%' OR event = 'abandoned'";
        let select = format!("SELECT min(at), max(at) FROM nft_invoice_event WHERE {ENDS}");
        let row = session.one(&select, &[]).await?;
        let (Some(from), Some(to)) = (column(&row, 0)?, column(&row, 1)?) else {
            return Ok(Timeline::default());
        };
        let select = format!(
            "SELECT before, at
             FROM (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM nft_invoice_event WHERE {ENDS}) AS ends
             WHERE at - before >= $1 ORDER BY at - before DESC LIMIT $2"
        );
        let mut pauses = Vec::new();
        for row in session
            .query(&select, &[&Timeline::PAUSE, &Timeline::PAUSES])
            .await?
        {
            pauses.push((column(&row, 0)?, column(&row, 1)?));
        }
        let mut timeline = Timeline::between(from, to, pauses);
        let select = format!(
            "SELECT at / 1000, event, count(*) FROM nft_invoice_event WHERE {ENDS} GROUP BY 1, 2"
        );
        for row in session.query(&select, &[]).await? {
            let (second, event): (i64, String) = (column(&row, 0)?, column(&row, 1)?);
            let count: i64 = column(&row, 2)?;
            timeline.add(second * 1000, &event, count.unsigned_abs());
        }
        Ok(timeline)
    }
}

/// Reads rows in the order of the input.
pub(super) struct ReadRows<'a> {
    pub(super) states: &'a [State],
    pub(super) after: i64,
    pub(super) limit: usize,
}

#[async_trait]
impl Work for ReadRows<'_> {
    type Output = Vec<StoredRow>;

    async fn run(&mut self, session: &Session) -> Result<Vec<StoredRow>, Fault> {
        let names: Vec<_> = self
            .states
            .iter()
            .map(|state| format!("'{state}'"))
            .collect();
        let select = format!(
            "SELECT {PROGRESS}, line, reference, amount, email, sent_at, link, html, status, reason, faults, input, id
             FROM nft_invoice_row WHERE state IN ({}) AND number > $1 ORDER BY number LIMIT $2",
            names.join(", ")
        );
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let rows = session.query(&select, &[&self.after, &limit]).await?;
        rows.iter().map(row).collect()
    }
}

fn row(row: &Row) -> Result<StoredRow, Fault> {
    let (number, progress) = progress(row)?;
    let line: i64 = column(row, 9)?;
    let name: Option<String> = column(row, 10)?;
    let email: Option<Vec<u8>> = column(row, 12)?;
    let email = email.map(RowHash::try_from).transpose();
    let (link, html): (Option<String>, _) = (column(row, 14)?, column(row, 15)?);
    let faults: Option<String> = column(row, 18)?;
    let amount: Option<String> = column(row, 11)?;
    Ok(StoredRow {
        number,
        input: column(row, 19)?,
        id: column(row, 20)?,
        line: line.unsigned_abs(),
        state: progress.state,
        // An invalid row has no amount.
        progress: amount.is_some().then_some(progress),
        reference: name.map(|name| reference(name, number)).transpose()?,
        amount,
        email: email.map_err(|_| damaged(number, "e-mail address"))?,
        sent_at: column(row, 13)?,
        link: link.map(|link| (link, html)),
        status: column(row, 16)?,
        reason: column(row, 17)?,
        faults: faults
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default(),
    })
}
