use nft_invoice::{Mode, Reference};
use rusqlite::{ToSql, Transaction as Write};

use super::super::{
    Change, Claim, ClaimFrom, ClaimRequest, Detail, JournalError, Owner, RowEvent, Transaction,
    Written,
};
use super::now;
use super::stored::{self, PROGRESS};
use crate::lifecycle::{Event, NotApplied, Outcome, Progress, State};
use crate::planted::has_bug;

/// Makes rows of owners that are gone `Unknown`.
pub(super) fn abandon(write: &Write<'_>, mode: Mode) -> Result<(), JournalError> {
    if has_bug("requeue-on-crash") {
        return each(write, mode, State::InFlight, |progress| {
            let owner = progress.owner.clone();
            let event = Event::Ended {
                epoch: progress.epoch,
                owner: owner.unwrap_or_else(|| String::new().into()),
                outcome: Outcome::NotSent,
            };
            (event, Detail::default())
        });
    }
    each(write, mode, State::InFlight, |progress| {
        let epoch = progress.epoch;
        (Event::Abandoned { epoch }, Detail::abandoned())
    })
}

/// Begins a run: nobody else has claimed anything.
pub(super) fn begin(write: &Write<'_>, mode: Mode) -> Result<(), JournalError> {
    abandon(write, mode)?;
    each(write, mode, State::Parked, |_| {
        (Event::Unparked, Detail::default())
    })?;
    if mode == Mode::Hosted {
        each(write, mode, State::Unknown, |_| {
            (Event::Reopened, Detail::default())
        })?;
    }
    Ok(())
}

pub(super) fn transact(
    write: &Write<'_>,
    mode: Mode,
    transaction: Transaction,
) -> Result<Written, JournalError> {
    let mut written = Written::default();
    for Change {
        reference,
        event,
        detail,
    } in transaction.changes
    {
        let found = stored::find(write, mode, &reference)?;
        written.applied.push(match found {
            None => Err(NotApplied::NotPermitted),
            Some((number, mut progress)) => {
                if (has_bug("no-intent") || has_bug("commit-after-send"))
                    && let Event::Ended { owner, .. } = &event
                {
                    let owner = owner.clone();
                    let _ = progress.apply(&Event::Claimed { owner });
                }
                apply(write, number, progress, &event, &detail)?
            }
        });
    }
    if let Some(ClaimRequest { owner, from, .. }) = transaction.claim {
        let rows = match from {
            ClaimFrom::Any(most) => {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                claimable(write, mode, "ORDER BY number LIMIT ?", &most)?
            }
            ClaimFrom::Rows(references) => {
                let mut rows = Vec::with_capacity(references.len());
                for reference in references {
                    rows.extend(claimable(
                        write,
                        mode,
                        "AND reference = ?",
                        &reference.as_str(),
                    )?);
                }
                rows
            }
        };
        written.claimed = claim(write, &owner, rows)?;
    }
    Ok(written)
}

/// A row that can be claimed: its number, its life cycle, and what its claim will contain.
type Claimable = (i64, Progress<Owner>, Claim);

fn claimable(
    write: &Write<'_>,
    mode: Mode,
    which: &str,
    parameter: &dyn ToSql,
) -> Result<Vec<Claimable>, JournalError> {
    let mut select = write.prepare_cached(&format!(
        "SELECT {PROGRESS}, number, reference, line, invoice, data FROM row WHERE state = 'prepared' {which}"
    ))?;
    let mut rows = select.query([parameter])?;
    let mut claimable = Vec::new();
    while let Some(row) = rows.next()? {
        let number = row.get(8)?;
        let progress = stored::progress(row, number, mode, 0)?;
        let reference: String = row.get(9)?;
        let claim = Claim {
            reference: Reference::new(reference)
                .map_err(|_| stored::damaged(number, "its reference cannot be read"))?,
            owner: Owner::from(String::new()),
            epoch: progress.epoch + 1,
            // Nobody else takes it as long as the file is locked.
            deadline: None,
            line: row.get::<_, i64>(10)?.unsigned_abs(),
            invoice: row.get(11)?,
            data: row.get(12)?,
        };
        claimable.push((number, progress, claim));
    }
    Ok(claimable)
}

fn claim(
    write: &Write<'_>,
    owner: &Owner,
    rows: Vec<Claimable>,
) -> Result<Vec<Claim>, JournalError> {
    let event = Event::Claimed {
        owner: owner.clone(),
    };
    let mut claimed = Vec::with_capacity(rows.len());
    for (number, progress, claim) in rows {
        if has_bug("no-intent") || has_bug("commit-after-send") {
            claimed.push(Claim {
                owner: owner.clone(),
                ..claim
            });
            continue;
        }
        if apply(write, number, progress, &event, &Detail::default())?.is_ok() {
            claimed.push(Claim {
                owner: owner.clone(),
                ..claim
            });
        }
    }
    Ok(claimed)
}

/// Applies an event to every row in `state`, a page at a time.
fn each(
    write: &Write<'_>,
    mode: Mode,
    state: State,
    event: impl Fn(&Progress<Owner>) -> (RowEvent, Detail),
) -> Result<(), JournalError> {
    let mut after = 0;
    loop {
        let rows = stored::rows(write, mode, &[state], (after, 1000), false)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.number;
        for row in rows {
            if let Some(progress) = row.progress {
                let (event, detail) = event(&progress);
                let _ = apply(write, row.number, progress, &event, &detail)?;
            }
        }
    }
}

/// Applies `event` to a row and stores both.
pub(super) fn apply(
    write: &Write<'_>,
    number: i64,
    mut progress: Progress<Owner>,
    event: &RowEvent,
    detail: &Detail,
) -> Result<Result<Progress<Owner>, NotApplied>, JournalError> {
    if let Err(reason) = progress.apply(event) {
        return Ok(Err(reason));
    }
    let is_claim = matches!(event, Event::Claimed { .. });
    let link = detail.link_of(&progress, event);
    let evidence = (!progress.evidence.is_empty())
        .then(|| serde_json::to_string(&progress.evidence).unwrap_or_default());
    let at = now();
    let mut update = write.prepare_cached(
        "UPDATE row SET state = ?2, epoch = ?3, owner = ?4, not_sent = ?5, unanswered = ?6, link_epoch = ?7,
             is_released = ?8, evidence = ?9, sent_at = coalesce(?10, sent_at), link = coalesce(?11, link),
             html = coalesce(?12, html), status = coalesce(?13, status),
             reason = CASE WHEN ?14 THEN NULL ELSE coalesce(?15, reason) END,
             invoice = CASE WHEN ?16 THEN NULL ELSE invoice END, data = CASE WHEN ?16 THEN NULL ELSE data END
         WHERE number = ?1",
    )?;
    update.execute(rusqlite::params![
        number,
        progress.state.as_str(),
        progress.epoch,
        progress.owner.as_ref().map(Owner::as_str),
        progress.not_sent,
        progress.unanswered,
        progress.link,
        progress.is_released,
        evidence,
        is_claim.then_some(at),
        link.map(|(url, _)| url),
        link.and_then(|(_, html)| html.as_ref()),
        detail.status.as_ref().map(|status| status.as_str()),
        is_claim || progress.state == State::Accepted,
        detail.reason,
        progress.state.is_final(),
    ])?;
    let mut insert = write.prepare_cached(
        "INSERT INTO event (at, row, event, epoch, state, reason) VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute((
        at,
        number,
        event.name(),
        progress.epoch,
        progress.state.as_str(),
        &detail.reason,
    ))?;
    Ok(Ok(progress))
}
