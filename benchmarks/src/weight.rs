//! What depending on the project costs: crates, cold build time and the size of minimal programs, beside peers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::report;
use crate::table::{Limit, Measure, Samples, Table, Target};

/// A package in `weight`.
struct Program {
    name: &'static str,
    package: &'static str,
    has_tls: bool,
}

const FLOOR: &str = "hyper and rustls alone";
const HYPER: &str = "nft-invoice, hyper";

const PROGRAMS: [Program; 10] = [
    Program::new(FLOOR, "floor", true),
    Program::new(HYPER, "hyper", true),
    Program::new("nft-invoice, reqwest", "reqwest", true),
    Program::new("nft-invoice, ureq", "ureq", true),
    Program::new("nft-invoice-core", "core", true),
    Program::new("nft-invoice, hyper, without TLS", "hyper", false),
    Program::new("nft-invoice, reqwest, without TLS", "reqwest", false),
    Program::new("nft-invoice, ureq, without TLS", "ureq", false),
    Program::new("async-stripe", "stripe", true),
    Program::new("oauth2", "oauth2", true),
];

/// Crates and cold builds. With `is_short` builds only what takes no minutes.
pub fn tables(is_short: bool, rounds: usize) -> Vec<Table> {
    let mut samples: Vec<_> = PROGRAMS.iter().map(Program::crates).collect();
    let mut programs: Vec<_> = PROGRAMS.iter().zip(&mut samples).collect();
    programs.retain(|(program, _)| program.has_tls && (!is_short || program.package == "core"));
    for round in 0..rounds {
        for (program, samples) in &mut programs {
            // The peers take minutes.
            if round == 0 || !["stripe", "oauth2"].contains(&program.package) {
                program.build(samples);
            }
        }
        programs.rotate_left(1);
    }
    let names = PROGRAMS.iter().map(|program| program.name.to_owned());
    vec![Table::new(
        "minimal programs".to_owned(),
        "Programs that create one invoice (core: validate one). Crates without the program itself; CPU time and time of a \
         cold debug build of everything, in s.",
        names.zip(samples).collect(),
        vec![
            Target::absolute(Limit::AtMost(60.0), Measure::Crates, HYPER),
            Target::at_most(1.15, Measure::BuildCpu, HYPER, FLOOR),
            Target::at_most(1.15, Measure::Build, HYPER, FLOOR),
        ],
    )]
}

/// The sizes of release builds. They share a folder, as only their results matter.
pub fn sizes(is_short: bool) -> Vec<Table> {
    if is_short {
        println!("skipped: release builds take minutes");
        return Vec::new();
    }
    let target = report::root().join("target/sizes");
    let size = |program: &Program| {
        let mut build = program.cargo(&["build", "--quiet", "--profile", "weight"]);
        build.arg("--target-dir").arg(&target);
        output(build);
        let size = kib(&target.join("weight").join(program.file()));
        (
            program.name.to_owned(),
            Samples::from([(Measure::Size, vec![size])]),
        )
    };
    let minimal = Table::new(
        "stripped sizes".to_owned(),
        "KiB of the stripped release build of the minimal programs.",
        PROGRAMS.iter().map(size).collect(),
        Vec::new(),
    );
    vec![minimal, own_program()]
}

impl Program {
    const fn new(name: &'static str, package: &'static str, has_tls: bool) -> Self {
        Self {
            name,
            package,
            has_tls,
        }
    }

    fn cargo(&self, command: &[&str]) -> Command {
        let mut cargo = cargo(report::root(), command);
        cargo.arg("--package").arg(self.file());
        if !self.has_tls {
            cargo.arg("--no-default-features");
        }
        cargo
    }

    fn file(&self) -> String {
        format!("weight-{}", self.package)
    }

    fn crates(&self) -> Samples {
        let tree = [
            "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ];
        let tree = output(self.cargo(&tree));
        let names: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        Samples::from([(Measure::Crates, vec![(names.len() - 1) as f64])])
    }

    /// Builds it from nothing, in a folder of its own.
    fn build(&self, samples: &mut Samples) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut cargo = self.cargo(&["build", "--quiet"]);
        cargo.arg("--target-dir").arg(folder.path());
        let (start, cpu) = (Instant::now(), cpu_of_children());
        output(cargo);
        for (measure, seconds) in [
            (Measure::BuildCpu, cpu_of_children() - cpu),
            (Measure::Build, start.elapsed().as_secs_f64()),
        ] {
            samples.entry(measure).or_default().push(seconds);
        }
    }
}

/// The program `nft-invoice`: its size, and how much of its code is from which crate.
fn own_program() -> Table {
    let built = program("release");
    let stripped = report::root().join("target/stripped");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&stripped).arg(&built);
    output(strip);
    let mut nm = Command::new("nm");
    nm.args(["--print-size", "--size-sort", "--radix=d", "--demangle"])
        .arg(&built);
    let mut crates = BTreeMap::<&str, f64>::new();
    let symbols = output(nm);
    for line in symbols.lines() {
        let mut words = line.splitn(4, ' ');
        let (size, kind, symbol) = (words.nth(1), words.next(), words.next());
        let (Some(size), Some("t" | "T"), Some(symbol)) = (size, kind, symbol) else {
            continue;
        };
        let size: f64 = size.parse().expect("a number");
        *crates.entry(crate_of(symbol)).or_default() += size / 1024.0;
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by(|a, b| b.1.total_cmp(&a.1));
    let others: f64 = crates.iter().skip(SHOWN).map(|(_, size)| size).sum();
    crates.truncate(SHOWN);
    crates.push(("others", others));
    let parts = crates
        .into_iter()
        .map(|(name, size)| (format!("code of {name}"), size));
    let whole = ("stripped program".to_owned(), kib(&stripped));
    let rows = std::iter::once(whole).chain(parts);
    let rows = rows.map(|(name, size)| (name, Samples::from([(Measure::Size, vec![size])])));
    Table::new(
        "the program".to_owned(),
        "KiB of the release build of nft-invoice-cli, and the code in it by the first crate in the name of each function; C \
         is SQLite and ring.",
        rows.collect(),
        Vec::new(),
    )
}

/// Builds `nft-invoice` in the main workspace.
pub fn program(profile: &str) -> PathBuf {
    let mut build = cargo(
        report::main_workspace(),
        &["build", "--quiet", "--profile", profile],
    );
    build.args(["--package", "nft-invoice-cli"]);
    output(build);
    let folder = if profile == "dev" { "debug" } else { profile };
    report::main_workspace()
        .join("target")
        .join(folder)
        .join("nft-invoice")
}

/// How many crates are listed.
const SHOWN: usize = 15;

/// The first crate in a demangled symbol.
fn crate_of(symbol: &str) -> &str {
    let mut symbol = symbol;
    loop {
        let rest = symbol.trim_start_matches(['<', '&', '*', '(', '[']);
        let rest = rest
            .strip_prefix("mut ")
            .or(rest.strip_prefix("dyn "))
            .unwrap_or(rest);
        if rest == symbol {
            break;
        }
        symbol = rest;
    }
    let end = symbol.find(|c: char| !c.is_alphanumeric() && c != '_');
    match end.map(|end| symbol.split_at(end)) {
        Some((name, rest)) if rest.starts_with("::") => name,
        _ => "C",
    }
}

/// The CPU time of the processes that have ended, and theirs, in s.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name is in brackets, and may contain spaces. `cutime` and `cstime`, in ticks of 10 ms.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Cargo with the same settings as for this program.
pub fn same_cargo(folder: &Path, command: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(command).arg("--locked").current_dir(folder);
    // What `cargo run` has set for this program: ring and all that depends on it would be built again.
    for (name, _) in std::env::vars_os() {
        let prefixes = ["CARGO_MANIFEST_", "CARGO_PKG_"].map(str::as_bytes);
        if prefixes
            .iter()
            .any(|prefix| name.as_encoded_bytes().starts_with(prefix))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Cargo without settings.
pub fn cargo(folder: &Path, command: &[&str]) -> Command {
    let mut cargo = same_cargo(folder, command);
    for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_INCREMENTAL"] {
        cargo.env_remove(name);
    }
    cargo
}

/// What a program prints, which has to succeed.
pub fn output(mut command: Command) -> String {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .expect("a program");
    assert!(output.status.success(), "{command:?} failed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn kib(file: &Path) -> f64 {
    std::fs::metadata(file).expect("a file").len() as f64 / 1024.0
}
