use std::time::Duration;

use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::lifecycle::{NotApplied, Outcome, State};

use super::{PostgresStore, claim, ended};
use crate::runs::counts;

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_millis(20);

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_processes_never_claim_the_same_row() {
    let store = PostgresStore::new();
    let one = store.with_rows(40).await;
    let other = store.open().await.unwrap();
    let mut claimed = Vec::new();
    for _ in 0..4 {
        let (one, other) = tokio::join!(claim(&one, 5), claim(&other, 5));
        for written in [one.unwrap(), other.unwrap()] {
            assert!(written.claimed.iter().all(|claim| claim.deadline.is_some()));
            claimed.extend(written.claimed.into_iter().map(|claim| claim.reference));
        }
    }
    // Rows that the other one has locked are skipped, and taken later.
    claimed.extend(
        claim(&one, 40)
            .await
            .unwrap()
            .claimed
            .into_iter()
            .map(|claim| claim.reference),
    );
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 40);
    // Nobody else has rows in hand.
    let alone = PostgresStore::new().with_rows(3).await;
    let written = claim(&alone, 5).await.unwrap();
    assert_eq!((written.claimed.len(), written.retry_in), (3, None));
    // What the others have in hand can come back.
    assert!(claim(&one, 1).await.unwrap().retry_in.is_some());
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_row_that_another_process_returns_is_claimed_after_later_rows_were() {
    let store = PostgresStore::new();
    let one = store.with_rows(4).await;
    let other = store.open().await.unwrap();
    let returned = claim(&other, 1).await.unwrap().claimed.remove(0);
    assert_eq!(claim(&one, 2).await.unwrap().claimed.len(), 2);
    let change = ended(&returned, Outcome::NotSent);
    other.transact(change).await.unwrap();
    let claimed = claim(&one, 2).await.unwrap().claimed;
    let lines: Vec<_> = claimed.iter().map(|claim| claim.line).collect();
    assert_eq!(lines, [4, returned.line]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_row_whose_process_is_gone_is_unknown_after_its_lease() {
    let store = PostgresStore::new();
    let long = store.with_rows(5).await.lease(HOUR);
    let short = store.open().await.unwrap().lease(MOMENT);
    assert_eq!(claim(&long, 2).await.unwrap().claimed.len(), 2);
    let lost = claim(&short, 3).await.unwrap().claimed;
    assert_eq!(lost.len(), 3);
    drop(short);
    loop {
        // Anybody who asks for rows looks for leases that have ended.
        assert!(claim(&long, 1).await.unwrap().claimed.is_empty());
        let now = long.counts().await.unwrap();
        assert_eq!(now.total, 5);
        if now.unknown == 3 {
            break;
        }
        tokio::time::sleep(MOMENT).await;
    }
    let expected = counts(&[(State::InFlight, 2), (State::Unknown, 3)]);
    assert_eq!(long.counts().await.unwrap(), expected);
    assert!(
        lost[0].deadline.unwrap().has_passed(),
        "it ends before the lease"
    );
    // The next run sends them again: nobody has seen their links.
    long.begin().await.unwrap();
    let again = claim(&long, 9).await.unwrap().claimed;
    assert!(again.iter().all(|claim| claim.epoch == 2));
    assert_eq!(again.len(), 3);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_late_outcome_counts_only_for_the_owner_of_the_last_epoch() {
    let store = PostgresStore::new();
    let journal = store.with_rows(2).await.lease(MOMENT);
    let [created, sent_again] =
        <[_; 2]>::try_from(claim(&journal, 2).await.unwrap().claimed).unwrap();
    while journal.counts().await.unwrap().unknown < 2 {
        tokio::time::sleep(MOMENT).await;
        claim(&journal, 0).await.unwrap();
    }
    // Its owner was slow, not gone.
    let written = journal
        .transact(ended(&created, Outcome::Created))
        .await
        .unwrap();
    assert_eq!(written.applied[0].as_ref().unwrap().state, State::Accepted);
    // Its owner comes back after somebody else has taken the row.
    let journal = store.open().await.unwrap().lease(HOUR);
    journal.begin().await.unwrap();
    let second = claim(&journal, 1).await.unwrap().claimed.remove(0);
    assert_eq!(
        (&second.reference, second.epoch),
        (&sent_again.reference, 2)
    );
    let written = journal
        .transact(ended(&sent_again, Outcome::NotSent))
        .await
        .unwrap();
    assert_eq!(written.applied[0], Err(NotApplied::Stale));
    let written = journal
        .transact(ended(&second, Outcome::Created))
        .await
        .unwrap();
    assert_eq!(written.applied[0].as_ref().unwrap().state, State::Accepted);
}
