//! Measures nft-invoice beside its floors and its peers.
//!
//! ```sh
//! cargo run --release -- all               # every topic, then the charts
//! cargo run --release -- client            # one: core, client, network, sandbox, bulk, weight or size
//! cargo run --release -- client --short    # only whether everything runs: writes nothing
//! cargo run --release -- draw              # the charts and docs/performance.md, from the results of earlier runs
//! ```
//!
//! Each topic prints tables and writes `results/TOPIC.json`. A figure is the median of rounds in which the subjects take
//! turns, with its quartiles; a ratio is the median of the rounds' own ratios to the first row of the table.

mod bulk;
mod chart;
mod client;
mod gateway;
mod growth;
mod measure;
mod network;
mod page;
mod peers;
mod raw;
mod report;
mod sandbox;
mod table;
mod validation;
mod weight;
mod written;
mod wrk;

use std::process::ExitCode;
use std::time::Duration;

use gateway::Gateway;
use report::Report;
use table::{Effort, Spec, Table};

const TOPICS: [&str; 7] = [
    "core", "client", "network", "sandbox", "bulk", "weight", "size",
];

const USAGE: &str = "usage: nft-invoice-benchmarks all|core|client|network|sandbox|bulk|weight|size|draw [--short] [--rounds N]";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_short = take_flag(&mut arguments, "--short");
    let rounds = match arguments.iter().position(|one| one == "--rounds") {
        None => None,
        Some(at) => {
            let value = arguments.drain(at..).nth(1);
            let Some(rounds) = value.and_then(|value| value.parse().ok()) else {
                return usage();
            };
            Some(rounds)
        }
    };
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // The process that valgrind counts.
        ["count", topic, table, subject, times] => count(topic, table, subject, times),
        ["all"] => {
            for topic in TOPICS {
                run(topic, is_short, rounds);
            }
            draw(is_short);
        }
        ["draw"] => draw(is_short),
        [topic] if TOPICS.contains(&topic) => run(topic, is_short, rounds),
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// The charts and `docs/performance.md`.
fn draw(is_short: bool) {
    chart::draw(is_short);
    page::write(&TOPICS, is_short);
}

fn run(topic: &str, is_short: bool, rounds: Option<usize>) {
    let load = report::load();
    println!("# {topic}, at a load of {load}");
    let rounds = rounds.unwrap_or(if is_short { 1 } else { 15 });
    let tables = measured(topic, is_short, rounds);
    if is_short {
        return;
    }
    let command = format!("cargo run --release -- {topic} --rounds {rounds}");
    let report = Report::new(topic, command, load, rounds, tables);
    match report.write() {
        Ok(path) => println!("\nwritten to {}", path.display()),
        Err(error) => eprintln!("the results cannot be written: {error}"),
    }
}

/// Measures and prints a topic's tables.
fn measured(topic: &str, is_short: bool, rounds: usize) -> Vec<Table> {
    let effort = Effort {
        rounds,
        round: Duration::from_millis(if is_short { 1 } else { 100 }),
        has_instructions: !is_short && measure::has_valgrind(),
    };
    match topic {
        "bulk" => bulk::tables(is_short, rounds.min(5))
            .into_iter()
            .map(printed)
            .collect(),
        "weight" => weight::tables(is_short, rounds.min(3))
            .into_iter()
            .map(printed)
            .collect(),
        "size" => weight::sizes(is_short).into_iter().map(printed).collect(),
        "sandbox" => {
            let tables = sandbox::tables(&Gateway::start(), is_short, effort);
            tables.into_iter().map(printed).collect()
        }
        _ => {
            let gateway = Gateway::start();
            let specs = specs(topic, &gateway).into_iter();
            let mut tables: Vec<_> = specs
                .map(|spec| printed(spec.measure(topic, effort)))
                .collect();
            if topic == "core" {
                tables.push(printed(growth::table(effort)));
            }
            tables
        }
    }
}

fn printed(table: Table) -> Table {
    table.print();
    table
}

/// The tables of a topic that is measured in this process.
fn specs(topic: &str, gateway: &Gateway) -> Vec<Spec> {
    match topic {
        "core" => validation::tables(),
        "client" => client::tables(gateway),
        "network" => network::tables(gateway),
        _ => unreachable!("a topic of another kind"),
    }
}

/// Does one subject so often, for valgrind.
fn count(topic: &str, table: &str, subject: &str, times: &str) {
    let gateway = Gateway::start();
    let mut specs = specs(topic, &gateway);
    let spec = specs.iter_mut().find(|spec| spec.title == table);
    let spec = spec.expect("a table of the topic");
    let mut subjects = spec.subjects.iter_mut();
    let subject = subjects.find(|one| one.name == subject);
    let times = times.parse().expect("a number");
    subject.expect("a subject of the table").repeat(times);
}

fn take_flag(arguments: &mut Vec<String>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|one| one != flag);
    arguments.len() < before
}
