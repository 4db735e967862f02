use std::collections::BTreeSet;

use nft_invoice::{Client, Error, InvoiceId, Received, Retry};
use tokio::time::sleep;

use super::wanted::Wanted;
use crate::key::JournalKey;

/// What a walk through the history has shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sweep {
    /// Every invoice.
    pub(super) ids: BTreeSet<InvoiceId>,
    /// Those that can be a row's.
    pub(super) candidates: BTreeSet<InvoiceId>,
    /// Whether as many invoices were read as there are.
    pub(super) is_complete: bool,
}

/// The most walks for two that agree.
const WALKS: usize = 4;

/// Walks through the history until two walks agree; the last one is incomplete if none do.
pub(super) async fn sweep(
    client: &Client,
    wanted: &Wanted,
    key: &JournalKey,
) -> Result<Sweep, Error> {
    let mut before = walk(client, wanted, key).await?;
    for _ in 1..WALKS {
        let now = walk(client, wanted, key).await?;
        if now.is_complete && now == before {
            return Ok(now);
        }
        before = now;
    }
    before.is_complete = false;
    Ok(before)
}

async fn walk(client: &Client, wanted: &Wanted, key: &JournalKey) -> Result<Sweep, Error> {
    let mut sweep = Sweep::default();
    let mut query = wanted.query();
    let mut total = None;
    let mut unreadable = 0;
    loop {
        let read = || async {
            let mut history = client.history(query);
            let page = history.next().await.transpose()?;
            Ok((page, history.next_query()))
        };
        let (Some(page), next) = Retry::default().run(sleep, read).await? else {
            break;
        };
        total = page
            .total
            .as_ref()
            .and_then(Received::value)
            .copied()
            .or(total);
        for entry in &page.entries {
            let Some(id) = entry.id.as_ref().and_then(Received::value) else {
                unreadable += 1;
                continue;
            };
            if wanted.may_be(entry, key) {
                sweep.candidates.insert(id.clone());
            }
            sweep.ids.insert(id.clone());
        }
        match next {
            Some(next) => query = next,
            None => break,
        }
    }
    sweep.is_complete = unreadable == 0 && total == Some(sweep.ids.len() as u64);
    Ok(sweep)
}
