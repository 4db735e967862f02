//! Creates the invoices of a drop from a service: a journal, a run that reports each outcome, and the links.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use nft_invoice::{ApiKey, Client, Config, Mode, Rules};
use nft_invoice_bulk::export;
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::reconcile::{ReconcileOptions, Reconciler};
use nft_invoice_bulk::run::{RunOptions, Runner, Stop, Summary};
use nft_invoice_sandbox::Sandbox;

const INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/invoices/drop.csv");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A gateway that creates the second invoice and then resets the connection instead of responding.
    let sandbox = Sandbox::builder()
        .faults("create->after.reset@n=2")?
        .real_time()
        .start()
        .await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    let client = Client::new(config.history_path(sandbox.history_path()))?;
    let folder = tempfile::tempdir()?;
    let journal = Arc::new(SqliteJournal::open(
        &folder.path().join("drop.journal"),
        Mode::Hosted,
    )?);

    // 1. The first run. One row is invalid, and the response to another one is lost.
    let first = run(&client, &journal).await?;
    assert_eq!(
        (
            first.counts.accepted,
            first.counts.rejected,
            first.counts.unknown
        ),
        (2, 1, 1)
    );

    // 2. The history shows that the lost one was created. Nobody has seen its link, so it is created again.
    let reconciler = Reconciler::new(
        client.clone(),
        Arc::clone(&journal) as _,
        ReconcileOptions::default(),
    );
    println!("{} found in the history", reconciler.run().await?.found);
    let second = run(&client, &journal).await?;
    assert_eq!(second.counts.accepted, 3);

    // 3. Each link is handed out once, even if rows were created several times.
    export(&*journal, |row| {
        let link = row.link.as_ref().map_or("no link", |(url, _)| url.as_str());
        println!("{}: {link}", row.line);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Loads the input, which the journal may already have, and sends what is to be sent.
async fn run(client: &Client, journal: &Arc<SqliteJournal>) -> Result<Summary, Box<dyn Error>> {
    let options = RowOptions {
        rules: Rules::at(SystemTime::now()),
        mode: Mode::Hosted,
        wraps_callback_data: false,
    };
    let rows = Rows::open(
        Path::new(INPUT),
        Format::Csv,
        options,
        journal.key().clone(),
    )?;
    let source = InputSource::new("drop.csv", rows);
    journal.load(Box::new(source), false).await?;
    let options = RunOptions {
        concurrency: 1,
        ..RunOptions::default()
    };
    let runner = Runner::new(client.clone(), Arc::clone(journal) as _, options);
    let report =
        |row: nft_invoice_bulk::run::RowOutcome| println!("line {}: {}", row.line, row.state);
    Ok(runner.run(&Stop::new(), report).await?)
}
