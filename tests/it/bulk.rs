//! Bulk creation against the sandbox: what the journal says is compared with the sandbox's own list of invoices.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, Mode, Reference, Rules};
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_bulk::reconcile::{ReconcileOptions, Reconciled, Reconciler};
use nft_invoice_bulk::run::{BreakerOptions, RunOptions, Runner, Secrets, Stop, Summary};
use nft_invoice_sandbox::Sandbox;
use tempfile::TempDir;

use crate::support::{HOSTED, S2S};

struct Batch {
    folder: TempDir,
    sandbox: Sandbox,
    mode: Mode,
}

impl Batch {
    async fn new(mode: Mode, rows: usize) -> Self {
        let builder = Sandbox::builder().seed(7).real_time();
        let batch = Self {
            folder: TempDir::new().expect("a folder"),
            sandbox: builder.start().await.expect("a sandbox starts"),
            mode,
        };
        let sample = if mode == Mode::S2s { S2S } else { HOSTED };
        let sample: serde_json::Value = serde_json::from_str(sample).expect("a sample");
        let lines = (0..rows).map(|n| {
            let mut row = sample.clone();
            row["email"] = format!("customer{n}@shop.example").into();
            row["amount"] = format!("{}.04", n % 7 + 1).into();
            format!("{row}\n")
        });
        std::fs::write(batch.path("drop.ndjson"), lines.collect::<String>()).expect("a file");
        batch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client(&self) -> Client {
        let key = ApiKey::new(self.sandbox.api_key()).expect("a key");
        let transport = TransportConfig {
            timeout: Duration::from_secs(20),
            ..TransportConfig::default()
        };
        let config = Config::new(self.sandbox.base_url(), key)
            .history_path(self.sandbox.history_path())
            .transport(transport);
        Client::new(config).expect("a client")
    }

    /// Loads the input and sends what waits.
    async fn run(&self) -> Summary {
        let journal =
            SqliteJournal::open(&self.path("drop.journal"), self.mode).expect("a journal");
        let options = RowOptions {
            rules: Rules::at(std::time::SystemTime::now()),
            mode: self.mode,
            wraps_callback_data: false,
        };
        let input = self.path("drop.ndjson");
        let rows =
            Rows::open(&input, Format::Ndjson, options, journal.key().clone()).expect("rows");
        let source = InputSource::new("drop.ndjson", rows);
        let kept = source.kept();
        journal
            .load(Box::new(source), false)
            .await
            .expect("rows are loaded");
        let secrets: Secrets = kept.take();
        let options = RunOptions {
            concurrency: 8,
            breaker: Some(BreakerOptions {
                in_a_row: 1000,
                of_100: 100,
            }),
            ..RunOptions::default()
        };
        let runner = Runner::with_secrets(self.client(), Arc::new(journal), options, secrets);
        runner.run(&Stop::new(), |_| ()).await.expect("a summary")
    }

    async fn reconcile(&self) -> Reconciled {
        self.reconcile_with(ReconcileOptions::default()).await
    }

    async fn reconcile_with(&self, options: ReconcileOptions) -> Reconciled {
        let journal =
            SqliteJournal::open(&self.path("drop.journal"), self.mode).expect("a journal");
        let reconciler = Reconciler::new(self.client(), Arc::new(journal), options);
        reconciler.run().await.expect("a result")
    }

    /// How many invoices the gateway has for each reference.
    fn ledger(&self) -> HashMap<Reference, usize> {
        let mut ledger = HashMap::new();
        for invoice in self.sandbox.invoices() {
            let data = invoice.callback_json().expect("every invoice carries data");
            let reference = Reference::find(data).expect("and a reference in it");
            *ledger.entry(reference).or_default() += 1;
        }
        ledger
    }

    async fn references(&self, state: State) -> Vec<Reference> {
        let journal =
            SqliteJournal::open(&self.path("drop.journal"), self.mode).expect("a journal");
        let rows = journal.rows(&[state], 0, 10_000).await.expect("rows");
        rows.into_iter().filter_map(|row| row.reference).collect()
    }
}

#[tokio::test]
async fn no_card_is_charged_twice_when_responses_are_lost() {
    const ROWS: usize = 60;
    let batch = Batch::new(Mode::S2s, ROWS).await;
    let plan =
        "create->after.reset@p=0.2; create->before.reset@p=0.2; create->after.truncate(50%)@p=0.1";
    batch.sandbox.set_faults(plan).expect("a plan");
    let first = batch.run().await;
    let again = batch.run().await;
    assert_eq!(
        first.counts.unknown, again.counts.unknown,
        "no card is sent again"
    );
    assert!(
        first.counts.unknown > 5 && first.counts.accepted > 5,
        "{first:?}"
    );
    batch.sandbox.set_faults("").expect("no plan");
    let reconciled = batch.reconcile().await;
    assert!(reconciled.is_complete, "{reconciled:?}");
    let ledger = batch.ledger();
    assert!(ledger.values().all(|invoices| *invoices == 1));
    let accepted = batch.references(State::Accepted).await;
    assert_eq!(accepted.len(), ledger.len(), "every charge is known");
    assert!(
        accepted
            .iter()
            .all(|reference| ledger.contains_key(reference))
    );
    let unknown = batch.references(State::Unknown).await;
    assert_eq!(unknown.len() + accepted.len(), ROWS);
    assert!(
        unknown
            .iter()
            .all(|reference| !ledger.contains_key(reference))
    );
}

#[tokio::test]
async fn every_hosted_row_gets_a_link_although_responses_are_lost() {
    const ROWS: u64 = 60;
    let batch = Batch::new(Mode::Hosted, ROWS as usize).await;
    let plan = "create->after.reset@p=0.3; create->before.reset@p=0.1";
    batch.sandbox.set_faults(plan).expect("a plan");
    let mut summary = batch.run().await;
    assert!(summary.counts.unknown > 5, "{summary:?}");
    let mut runs = 0;
    while summary.counts.accepted < ROWS {
        assert_eq!(summary.counts.total, ROWS);
        summary = batch.run().await;
        runs += 1;
        assert!(runs < 50, "{summary:?}");
    }
    batch.sandbox.set_faults("").expect("no plan");
    let reconciled = batch.reconcile().await;
    assert!(
        reconciled.is_complete && reconciled.found > 0,
        "{reconciled:?}"
    );
    assert_eq!(reconciled.counts.duplicate, 0);
    // Somebody has opened an orphan, which nobody should have seen.
    let journal =
        SqliteJournal::open(&batch.path("drop.journal"), Mode::Hosted).expect("a journal");
    let rows = journal
        .rows(&[State::Accepted], 0, 1000)
        .await
        .expect("rows");
    drop(journal);
    let orphan = rows.iter().find_map(|row| {
        let progress = row.progress.as_ref()?;
        let mut seen = progress.evidence.sightings.iter();
        seen.find(|seen| Some(seen.epoch) != progress.link)
    });
    let orphan: u64 = orphan
        .expect("an orphan")
        .id
        .as_str()
        .parse()
        .expect("a number");
    let page = batch
        .sandbox
        .invoices()
        .get(orphan)
        .expect("it exists")
        .checkout();
    page.pay(nft_invoice_sandbox::TestCard::PAID)
        .await
        .expect("it is paid");
    let reconciled = batch.reconcile().await;
    assert_eq!(reconciled.counts.duplicate, 1);
}

#[tokio::test]
async fn a_row_is_absent_only_after_the_horizon_and_if_later_rows_are_visible() {
    let batch = Batch::new(Mode::S2s, 30).await;
    batch
        .sandbox
        .set_faults("create->before.reset@n=1..3")
        .expect("a plan");
    let summary = batch.run().await;
    assert_eq!((summary.counts.unknown, summary.counts.accepted), (3, 27));
    let early = batch.reconcile().await;
    assert!(early.is_complete && early.absent.is_empty(), "{early:?}");
    assert_eq!((early.wanted, early.found), (3, 0));
    let at_once = ReconcileOptions {
        horizon: Duration::ZERO,
        ..ReconcileOptions::default()
    };
    let late = batch.reconcile_with(at_once).await;
    assert_eq!(late.absent.len(), 3, "{late:?}");
    assert_eq!(late.counts.unknown, 3, "absence sends no card again");
    let again = batch.run().await;
    assert_eq!(again.counts.unknown, 3);
    assert_eq!(batch.sandbox.invoices().len(), 27);
}

#[tokio::test]
async fn the_last_rows_are_never_absent() {
    let batch = Batch::new(Mode::S2s, 6).await;
    batch
        .sandbox
        .set_faults("create->before.reset@n=4..6")
        .expect("a plan");
    let summary = batch.run().await;
    assert_eq!(summary.counts.unknown, 3);
    let at_once = ReconcileOptions {
        horizon: Duration::ZERO,
        ..ReconcileOptions::default()
    };
    let reconciled = batch.reconcile_with(at_once).await;
    assert!(
        reconciled.is_complete && reconciled.absent.is_empty(),
        "{reconciled:?}"
    );
}
