//! What a journal costs bulk creation: the figures of the example `bulk_speed` in the main workspace.

use std::path::Path;

use crate::report;
use crate::table::{Measure, Samples, Table};
use crate::weight::{cargo, output};

pub fn tables(is_short: bool, rounds: usize) -> Vec<Table> {
    let rows = if is_short { 200 } else { 20_000 };
    let kind = if is_short { "fixed" } else { "sandbox" };
    let sqlite = speeds(is_short, rows, kind, "sqlite", rounds);
    let mut speed = vec![
        (
            "without a journal".to_owned(),
            rate(&sqlite, |round| round.bare),
        ),
        ("with SQLite".to_owned(), rate(&sqlite, |round| round.run)),
        (
            "reading the input into SQLite".to_owned(),
            rate(&sqlite, |round| round.load),
        ),
    ];
    if Path::new("/usr/lib/postgresql").exists() && !is_short {
        let postgres = speeds(is_short, rows, kind, "postgres", rounds);
        speed.push((
            "with PostgreSQL".to_owned(),
            rate(&postgres, |round| round.run),
        ));
        let loads = rate(&postgres, |round| round.load);
        speed.push(("reading the input into PostgreSQL".to_owned(), loads));
    } else {
        println!("skipped: PostgreSQL");
    }
    let speed = Table::new(
        "rows per second".to_owned(),
        "20,000 hosted rows, 32 in flight over hyper, at a sandbox in a process of its own; validation included.",
        speed,
        Vec::new(),
    );
    if is_short {
        return vec![speed];
    }
    let memory = [1_000, 10_000, 100_000, 1_000_000].map(|rows| {
        let peak = speeds(is_short, rows, "fixed", "sqlite", 1)[0].memory;
        (
            format!("{rows} rows"),
            Samples::from([(Measure::Memory, vec![peak])]),
        )
    });
    let memory = Table::new(
        "peak memory".to_owned(),
        "MiB of the whole process, which reads, sends and keeps the journal in SQLite, at a server that accepts everything.",
        memory.into(),
        Vec::new(),
    );
    vec![speed, memory]
}

/// A round's rows per second, and MiB.
struct Round {
    bare: f64,
    run: f64,
    load: f64,
    memory: f64,
}

fn rate(rounds: &[Round], of: fn(&Round) -> f64) -> Samples {
    Samples::from([(Measure::Rate, rounds.iter().map(of).collect())])
}

fn speeds(is_short: bool, rows: usize, kind: &str, store: &str, rounds: usize) -> Vec<Round> {
    let profile = if is_short { "dev" } else { "release" };
    let mut run = cargo(
        report::main_workspace(),
        &["run", "--quiet", "--profile", profile],
    );
    run.args([
        "--package",
        "nft-invoice-tests",
        "--example",
        "bulk_speed",
        "--",
    ]);
    run.args([&rows.to_string(), kind, store, &rounds.to_string()]);
    let printed = output(run);
    let rounds: Vec<_> = printed.lines().filter_map(round).collect();
    assert!(!rounds.is_empty(), "no round in: {printed}");
    rounds
}

/// Reads `round 1: without a journal 9000 rows/s, with SQLite 7000 rows/s (78 %), loading 90000 rows/s, at most 40 MB`.
fn round(line: &str) -> Option<Round> {
    let number = |before: &str| -> Option<f64> {
        let rest = line.split_once(before)?.1;
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        rest.split(' ').next()?.parse().ok()
    };
    Some(Round {
        bare: number("without a journal ")?,
        run: number(", with ")?,
        load: number("loading ")?,
        memory: number("at most ")?,
    })
}
