//! The process that is killed.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, Connections, Mode, Rules};
use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::export;
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::reconcile::{ReconcileOptions, Reconciler};
use nft_invoice_bulk::run::{BreakerOptions, RunOptions, Runner, Stop};

pub(crate) const NAME: &str = "worker";
pub(crate) const KEY: &str = "harness-key";

/// How long a row in PostgreSQL waits for its process.
pub(crate) const LEASE: Duration = Duration::from_millis(600);
/// Requests per second of the processes on a journal in PostgreSQL that have a limit.
const RATE: f64 = 500.0;

/// A client of the sandbox at `base_url`.
pub(crate) fn client(base_url: &str) -> Client {
    let transport = TransportConfig {
        timeout: Duration::from_secs(20),
        ..TransportConfig::default()
    };
    let config = Config::new(base_url, ApiKey::new(KEY).expect("a key"))
        .history_path("/api/invoice/history/")
        .transport(transport);
    Client::with_connections(config, Connections::default()).expect("a client")
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
        let input = Path::new(input);
        let journal = open(journal, mode, input).await;
        match work.as_str() {
            "run" => run(journal, input, base_url, false).await,
            "add" => run(journal, input, base_url, true).await,
            "export" => hand_out(&*journal, &input.with_extension("links")).await,
            _ => {
                let options = ReconcileOptions::default();
                let reconciler = Reconciler::new(client(base_url), journal, options);
                reconciler.run().await.expect("a reconciliation");
            }
        }
    });
    ExitCode::SUCCESS
}

/// Opens a journal: the file, or the one at an address in PostgreSQL, whose key is beside the input.
async fn open(journal: &str, mode: Mode, input: &Path) -> Arc<dyn Journal> {
    if !journal.starts_with("postgres:") {
        return Arc::new(SqliteJournal::open(Path::new(journal), mode).expect("a journal"));
    }
    let key = JournalKey::read(&input.with_extension("key")).expect("a file");
    let journal = PostgresJournal::connect(journal, key.expect("a key")).await;
    Arc::new(journal.expect("a journal").lease(LEASE))
}

/// Adds every link to `path`, as customers see them.
async fn hand_out(journal: &dyn Journal, path: &Path) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("a file");
    let exported = export(journal, |row| match (&row.reference, &row.link) {
        (Some(reference), Some((url, _))) => {
            file.write_all(format!("{reference} {url}\n").as_bytes())
        }
        _ => Ok(()),
    });
    exported.await.expect("an export");
}

/// Loads an input, also one that is not the only one of its journal, and sends its rows.
async fn run(journal: Arc<dyn Journal>, input: &Path, base_url: &str, allow_missing: bool) {
    let options = RowOptions {
        rules: Rules::at(SystemTime::now()),
        mode: journal.mode(),
        wraps_callback_data: false,
    };
    let rows = Rows::open(input, Format::Ndjson, options, journal.key().clone());
    let source = InputSource::new(input.display().to_string(), rows.expect("rows"));
    let kept = source.kept();
    journal
        .load(Box::new(source), allow_missing)
        .await
        .expect("rows are loaded");
    let options = RunOptions {
        concurrency: 8,
        // Without a rate rows wait in the process, so that a pause finds some.
        rate: (journal.shares_rate() && std::process::id().is_multiple_of(2)).then_some(RATE),
        // The sandbox loses more than any breaker permits.
        breaker: Some(BreakerOptions {
            in_a_row: u32::MAX,
            of_100: 100,
        }),
        ..RunOptions::default()
    };
    let runner = Runner::with_secrets(client(base_url), journal, options, kept.take());
    runner.run(&Stop::new(), |_| ()).await.expect("a run");
}
