//! Kills bulk runs with SIGKILL, at random times and at each step, while the sandbox loses responses, and compares the
//! journal with the sandbox's own list of invoices. Outside the test suite, because it takes minutes:
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --features planted-bugs --example bulk_kills -- 10000
//! ```
//!
//! The numbers after it are the kills and a seed. Ends with 1 if an invariant is violated. With `bugs` instead of the
//! numbers it plants one bug after the other, and ends with 1 if one of them is not found.

mod batch;
#[path = "../random.rs"]
mod random;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use nft_invoice::Mode;

use crate::batch::{Batch, Totals};
use crate::random::Random;

/// Bugs that kills and lost responses must show. Others are found elsewhere: writes without an epoch by the model of the
/// life cycle, redirects and reuse by the transports' contract, a weaker sync by a test of the journal, and a row that counts as absent
/// too early by a test of the reconciliation.
const BUGS: [&str; 7] = [
    "requeue-on-crash",
    "retry-on-closed",
    "no-intent",
    "commit-after-send",
    "filtered-sweep",
    "unreadable-accepted",
    "reference-reused",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == worker::NAME) {
        return worker::main(&arguments[1..]);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if arguments.first().is_some_and(|first| first == "bugs") {
        return runtime.block_on(bugs());
    }
    let number = |at: usize, otherwise: u64| {
        let text = arguments.get(at);
        text.map_or(otherwise, |text| {
            text.parse().expect("kills and seed are numbers")
        })
    };
    let (kills, seed) = (number(0, 1000), number(1, 1));
    match runtime.block_on(rounds(kills, seed, None)) {
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
async fn rounds(kills: u64, seed: u64, bug: Option<&str>) -> Result<Totals, String> {
    let started = Instant::now();
    let mut totals = Totals::default();
    let mut random = Random::new(seed, 0);
    let mut round = 0;
    while totals.kills < kills {
        let mode = [Mode::S2s, Mode::Hosted][round % 2];
        let batch = Batch::new(mode, random.next(), bug).await;
        batch
            .run(&mut random, &mut totals)
            .await
            .map_err(|violation| format!("{violation} (seed {seed}, round {round}, {mode})"))?;
        round += 1;
    }
    totals.seconds = started.elapsed().as_secs();
    Ok(totals)
}

async fn bugs() -> ExitCode {
    let mut survived = 0;
    for bug in BUGS {
        match rounds(1000, 1, Some(bug)).await {
            Err(violation) => println!("{bug}: found, {violation}"),
            Ok(totals) => {
                survived += 1;
                println!("{bug}: NOT FOUND, {totals}");
            }
        }
    }
    println!("{} of {} bugs found", BUGS.len() - survived, BUGS.len());
    if survived == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
