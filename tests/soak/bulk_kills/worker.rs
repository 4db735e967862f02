//! The process that is killed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, Mode, Rules};
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::reconcile::{ReconcileOptions, Reconciler};
use nft_invoice_bulk::run::{BreakerOptions, RunOptions, Runner, Stop};

pub(crate) const NAME: &str = "worker";
pub(crate) const KEY: &str = "harness-key";

/// A client of the sandbox at `base_url`.
pub(crate) fn client(base_url: &str) -> Client {
    let transport = TransportConfig {
        timeout: Duration::from_secs(20),
        ..TransportConfig::default()
    };
    let config = Config::new(base_url, ApiKey::new(KEY).expect("a key"))
        .history_path("/api/invoice/history/")
        .transport(transport);
    Client::new(config).expect("a client")
}

pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let [work, mode, input, journal, base_url] = arguments else {
        panic!("work, mode, input, journal, base URL");
    };
    let mode: Mode = mode.parse().expect("a mode");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let journal = SqliteJournal::open(Path::new(journal), mode).expect("a journal");
        match work.as_str() {
            "run" => run(journal, Path::new(input), base_url).await,
            _ => {
                let reconciler = Reconciler::new(
                    client(base_url),
                    Arc::new(journal),
                    ReconcileOptions::default(),
                );
                reconciler.run().await.expect("a reconciliation");
            }
        }
    });
    ExitCode::SUCCESS
}

async fn run(journal: SqliteJournal, input: &Path, base_url: &str) {
    let options = RowOptions {
        rules: Rules::at(SystemTime::now()),
        mode: journal.mode(),
        wraps_callback_data: false,
    };
    let rows = Rows::open(input, Format::Ndjson, options, journal.key().clone());
    let source = InputSource::new("input", rows.expect("rows"));
    let kept = source.kept();
    journal
        .load(Box::new(source), false)
        .await
        .expect("rows are loaded");
    let options = RunOptions {
        concurrency: 8,
        // The sandbox loses more than any breaker permits.
        breaker: Some(BreakerOptions {
            in_a_row: u32::MAX,
            of_100: 100,
        }),
        ..RunOptions::default()
    };
    let runner = Runner::with_secrets(client(base_url), Arc::new(journal), options, kept.take());
    runner.run(&Stop::new(), |_| ()).await.expect("a run");
}
