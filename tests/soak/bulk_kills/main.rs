//! Kills bulk runs with SIGKILL, at random times and at each step, while the sandbox loses responses, and compares the
//! journal with the sandbox's own list of invoices. Outside the test suite, because it takes minutes:
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --features planted-bugs --example bulk_kills -- 10000
//! ```
//!
//! The numbers after it are the kills and a seed. Ends with 1 if an invariant is violated. With `bugs` instead of the
//! numbers it plants one bug after the other, or those that are named behind it, and ends with 1 if one of them is not
//! found.
//!
//! In every other pair of batches the sandbox rejects rows, which are corrected in the file of rejected rows. That file and
//! the input are then run, killed and continued in turn.
//!
//! With `postgres` behind that the journal is in a PostgreSQL server that this program starts, and three processes work on
//! it at once, which are also paused until others have their rows. The server is restarted and killed in the middle, and
//! every other batch goes on in an older copy of its database. Links are handed out meanwhile, and orphans are paid at
//! the end.
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --features planted-bugs --example bulk_kills -- 10000 postgres
//! ```

mod batch;
mod corrections;
#[path = "../random.rs"]
mod random;
#[path = "../../../crates/nft-invoice-bulk/tests/it/postgres/server.rs"]
mod server;
mod several;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use nft_invoice::Mode;

use crate::batch::{Batch, Totals};
use crate::random::Random;
use crate::server::Server;

/// Bugs that kills and lost responses must show. Others are found elsewhere: writes without an epoch by the model of the
/// life cycle, redirects and reuse by the transports' contract, a weaker sync by a test of the journal, and a row that
/// counts as absent too early by a test of the reconciliation.
const BUGS: [&str; 7] = [
    "requeue-on-crash",
    "retry-on-closed",
    "no-intent",
    "commit-after-send",
    "filtered-sweep",
    "unreadable-accepted",
    "reference-reused",
];

/// Those of them that concern hosted rows, and bugs that only several processes, restarts and copies show: one of them is
/// a copy whose rows count as absent before the history was read.
const POSTGRES_BUGS: [&str; 14] = [
    "requeue-on-crash",
    "retry-on-closed",
    "no-intent",
    "commit-after-send",
    "early-absence",
    "filtered-sweep",
    "unreadable-accepted",
    "reference-reused",
    "claim-unlocked",
    "copy-unchecked",
    "lease-unchecked",
    "send-in-doubt",
    "set-without-epoch",
    "weaker-sync",
];

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == worker::NAME) {
        return worker::main(&arguments[1..]);
    }
    let is_postgres = arguments
        .pop_if(|last| last.as_str() == "postgres")
        .is_some();
    let server = is_postgres.then(Server::start);
    let server = server.as_ref();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if arguments.first().is_some_and(|first| first == "bugs") {
        return runtime.block_on(bugs(server, &arguments[1..]));
    }
    let number = |at: usize, otherwise: u64| {
        let text = arguments.get(at);
        text.map_or(otherwise, |text| {
            text.parse().expect("kills and seed are numbers")
        })
    };
    let (kills, seed) = (number(0, 1000), number(1, 1));
    match runtime.block_on(rounds(server, kills, seed, None)) {
        Ok(totals) => {
            println!("{totals}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("violated: {violation}");
            ExitCode::FAILURE
        }
    }
}

/// Runs batches until there were this many kills.
async fn rounds(
    server: Option<&Server>,
    kills: u64,
    seed: u64,
    bug: Option<&str>,
) -> Result<Totals, String> {
    let started = Instant::now();
    let mut totals = Totals::default();
    let mut random = Random::new(seed, 0);
    let mut round = 0;
    while totals.kills < kills {
        let seed_of_batch = random.next();
        let (kind, ended) = match server {
            Some(server) => {
                let copies = round % 2 == 0;
                let mut batch = several::Batch::new(server, seed_of_batch, round, bug).await;
                let kind = if copies {
                    "with a copy"
                } else {
                    "without a copy"
                };
                (kind, batch.run(copies, &mut random, &mut totals).await)
            }
            None => {
                let mode = [Mode::S2s, Mode::Hosted][round % 2];
                // The bugs are found without them.
                let rejects = bug.is_none() && round % 4 >= 2;
                let batch = Batch::new(mode, rejects, seed_of_batch, bug).await;
                (mode.as_str(), batch.run(&mut random, &mut totals).await)
            }
        };
        ended.map_err(|violation| format!("{violation} (seed {seed}, round {round}, {kind})"))?;
        round += 1;
    }
    totals.seconds = started.elapsed().as_secs();
    Ok(totals)
}

async fn bugs(server: Option<&Server>, only: &[String]) -> ExitCode {
    let mut bugs = server.map_or(&BUGS[..], |_| &POSTGRES_BUGS).to_vec();
    bugs.retain(|bug| only.is_empty() || only.iter().any(|name| name == bug));
    let mut survived = 0;
    for bug in &bugs {
        match rounds(server, 1000, 1, Some(bug)).await {
            Err(violation) => println!("{bug}: found, {violation}"),
            Ok(totals) => {
                survived += 1;
                println!("{bug}: NOT FOUND, {totals}");
            }
        }
    }
    println!("{} of {} bugs found", bugs.len() - survived, bugs.len());
    if survived == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
