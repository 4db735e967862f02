//! Tables of figures: medians and quartiles of interleaved rounds, and their ratios to the first row.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::measure::{self, Subject};

/// What is measured of each subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// CPU time of the process, in µs.
    Cpu,
    /// Wall-clock time, in µs.
    Time,
    /// Repetitions a second.
    Rate,
    /// Wall-clock time, in ms.
    Milliseconds,
    /// Allocations on the measuring thread.
    Allocations,
    /// Instructions in user space.
    Instructions,
    /// A number of crates.
    Crates,
    /// CPU time of a build, in s.
    BuildCpu,
    /// Time of a build, in s.
    Build,
    /// KiB.
    Size,
    /// MiB of memory.
    Memory,
    /// ns a byte, of an input of so many.
    Bytes1Kib,
    Bytes4Kib,
    Bytes16Kib,
    Bytes64Kib,
    Bytes256Kib,
    Bytes1Mib,
    /// The exponent of growth.
    Exponent,
}

impl Measure {
    pub fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU µs",
            Self::Time => "time µs",
            Self::Rate => "per second",
            Self::Milliseconds => "ms",
            Self::Allocations => "allocations",
            Self::Instructions => "instructions",
            Self::Crates => "crates",
            Self::BuildCpu => "build, CPU s",
            Self::Build => "build, s",
            Self::Size => "KiB",
            Self::Memory => "MiB",
            Self::Bytes1Kib => "1 KiB",
            Self::Bytes4Kib => "4 KiB",
            Self::Bytes16Kib => "16 KiB",
            Self::Bytes64Kib => "64 KiB",
            Self::Bytes256Kib => "256 KiB",
            Self::Bytes1Mib => "1 MiB",
            Self::Exponent => "exponent",
        }
    }
}

/// A table before it is measured. The first subject is the floor.
pub struct Spec {
    pub title: String,
    /// One line: what is measured.
    pub note: &'static str,
    pub subjects: Vec<Subject>,
    /// [`Measure::Instructions`] are counted where valgrind is installed.
    pub measures: &'static [Measure],
    /// The least repetitions in a round.
    pub least: usize,
    pub targets: Vec<Target>,
}

/// What the project promises of one subject beside another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    pub measure: Measure,
    pub subject: String,
    /// What the ratio is to; `None` for a limit on the figure itself.
    pub beside: Option<String>,
    pub limit: Limit,
    /// The ratio or the figure, once it is measured.
    pub found: Option<Spread>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub round: Duration,
    pub has_instructions: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    pub q1: f64,
    pub q3: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    #[serde(flatten)]
    pub spread: Spread,
    /// The ratio to the floor: the median of the rounds' own ratios.
    pub ratio: Option<Spread>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub figures: BTreeMap<Measure, Figure>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub note: String,
    pub rows: Vec<Row>,
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// The samples of one row: for each measure, one of each round, or a single one.
pub type Samples = BTreeMap<Measure, Vec<f64>>;

impl Spec {
    /// Measures the subjects in rounds, one after the other in each round, each in turns the first.
    pub fn measure(mut self, topic: &str, effort: Effort) -> Table {
        let wants = |measure| self.measures.contains(&measure);
        let times: Vec<_> = self
            .subjects
            .iter_mut()
            .map(|subject| subject.repetitions(effort.round, self.least))
            .collect();
        let mut samples = vec![Samples::new(); self.subjects.len()];
        for first in 0..effort.rounds {
            for index in (0..times.len()).map(|next| (first + next) % times.len()) {
                let cost = self.subjects[index].cost(times[index]);
                for (measure, sample) in [
                    (Measure::Cpu, cost.cpu_seconds * 1e6),
                    (Measure::Time, cost.seconds * 1e6),
                    (Measure::Rate, 1.0 / cost.seconds),
                ] {
                    if wants(measure) {
                        samples[index].entry(measure).or_default().push(sample);
                    }
                }
            }
        }
        for (subject, samples) in self.subjects.iter_mut().zip(&mut samples) {
            if wants(Measure::Allocations) {
                let counted = subject.allocations(self.least.max(20));
                samples.insert(Measure::Allocations, vec![counted]);
            }
            if wants(Measure::Instructions) && effort.has_instructions {
                let counted =
                    measure::instructions(topic, &self.title, subject.name, self.least.max(20));
                match counted {
                    Ok(count) => drop(samples.insert(Measure::Instructions, vec![count])),
                    Err(error) => eprintln!("{}: {error}", subject.name),
                }
            }
        }
        let names = self.subjects.iter().map(|subject| subject.name.to_owned());
        Table::new(
            self.title,
            self.note,
            names.zip(samples).collect(),
            self.targets,
        )
    }
}

impl Table {
    /// Computes the figures. The first row is the floor.
    pub fn new(
        title: String,
        note: &str,
        rows: Vec<(String, Samples)>,
        mut targets: Vec<Target>,
    ) -> Self {
        for target in &mut targets {
            let samples = |name: &str| {
                let row = rows.iter().find(|(own, _)| own == name);
                row.and_then(|(_, samples)| samples.get(&target.measure))
            };
            let own = samples(&target.subject);
            target.found = match &target.beside {
                None => own.map(|own| Spread::of(own.clone())),
                Some(beside) => {
                    let pair = own.zip(samples(beside));
                    pair.map(|(own, beside)| Spread::of_ratios(own, beside))
                }
            };
        }
        let floor = rows.first().map(|(_, samples)| samples.clone());
        let figure = |(measure, own): (Measure, Vec<f64>)| {
            let beside = floor.as_ref().and_then(|floor| floor.get(&measure));
            let figure = Figure {
                spread: Spread::of(own.clone()),
                // There is none to nothing.
                ratio: beside
                    .map(|beside| Spread::of_ratios(&own, beside))
                    .filter(|ratio| ratio.median.is_finite()),
            };
            (measure, figure)
        };
        let row = |(name, samples): (String, Samples)| Row {
            name,
            figures: samples.into_iter().map(figure).collect(),
        };
        Self {
            title,
            note: note.to_owned(),
            rows: rows.into_iter().map(row).collect(),
            targets,
        }
    }

    /// For rows that have no floor among them.
    pub fn without_ratios(mut self) -> Self {
        for figure in self
            .rows
            .iter_mut()
            .flat_map(|row| row.figures.values_mut())
        {
            figure.ratio = None;
        }
        self
    }

    pub fn print(&self) {
        println!("\n## {}\n{}\n", self.title, self.note);
        let measures = self.measures();
        let width = self.rows.iter().map(|row| row.name.chars().count()).max();
        let width = width.unwrap_or(0);
        print!("{:<width$}", "");
        for &measure in &measures {
            print!("{:>14}", measure.title());
            if self.has_ratios(measure) {
                print!(" {:>18} {:>6}", "quartiles", "ratio");
            }
        }
        println!();
        for row in &self.rows {
            print!("{:<width$}", row.name);
            for &measure in &measures {
                let figure = row.figures.get(&measure);
                let median = figure.map(|figure| short(figure.spread.median));
                print!("{:>14}", median.as_deref().unwrap_or("-"));
                if self.has_ratios(measure) {
                    let spread = figure.map(|figure| figure.spread);
                    let spread = spread.filter(|spread| spread.q1 != spread.q3);
                    let quartiles =
                        spread.map(|one| format!("{} to {}", short(one.q1), short(one.q3)));
                    let ratio = figure.and_then(|figure| figure.ratio);
                    let ratio = ratio.map(|ratio| short_ratio(ratio.median));
                    print!(
                        " {:>18} {:>6}",
                        quartiles.unwrap_or_default(),
                        ratio.unwrap_or_default()
                    );
                }
            }
            println!();
        }
        for target in &self.targets {
            println!("{}", target.sentence());
        }
    }

    /// The columns.
    pub fn measures(&self) -> Vec<Measure> {
        let figures = self.rows.iter().flat_map(|row| row.figures.keys());
        figures
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    pub fn has_ratios(&self, measure: Measure) -> bool {
        let mut figures = self.rows.iter().filter_map(|row| row.figures.get(&measure));
        figures.any(|figure| figure.ratio.is_some())
    }
}

impl Target {
    pub fn at_most(limit: f64, measure: Measure, subject: &str, beside: &str) -> Self {
        Self::new(Limit::AtMost(limit), measure, subject, beside)
    }

    pub fn at_least(limit: f64, measure: Measure, subject: &str, beside: &str) -> Self {
        Self::new(Limit::AtLeast(limit), measure, subject, beside)
    }

    fn new(limit: Limit, measure: Measure, subject: &str, beside: &str) -> Self {
        Self {
            measure,
            subject: subject.to_owned(),
            beside: Some(beside.to_owned()),
            limit,
            found: None,
        }
    }

    /// A limit on the figure itself.
    pub fn absolute(limit: Limit, measure: Measure, subject: &str) -> Self {
        Self {
            beside: None,
            ..Self::new(limit, measure, subject, "")
        }
    }

    /// What was promised, and what was found.
    pub fn sentence(&self) -> String {
        let (words, limit) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit),
            Limit::AtLeast(limit) => ("at least", limit),
        };
        let beside = self.beside.as_ref().map(|beside| format!(" / {beside}"));
        let claim = format!(
            "{}: {}{}, {words} {limit}",
            self.measure.title(),
            self.subject,
            beside.unwrap_or_default()
        );
        let Some(found) = self.found else {
            return format!("target  -       {claim}: not measured");
        };
        let is_met = match self.limit {
            Limit::AtMost(limit) => found.median <= limit,
            Limit::AtLeast(limit) => found.median >= limit,
        };
        format!(
            "target  {}  {claim}: {} ({} to {})",
            if is_met { "met   " } else { "MISSED" },
            short_ratio(found.median),
            short_ratio(found.q1),
            short_ratio(found.q3)
        )
    }
}

impl Spread {
    pub fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        // Between two samples, where a quantile falls there.
        let quantile = |part: f64| {
            let place = part * (samples.len() - 1) as f64;
            let (below, above) = (place.floor() as usize, place.ceil() as usize);
            samples[below] + (samples[above] - samples[below]) * place.fract()
        };
        Self {
            median: quantile(0.5),
            q1: quantile(0.25),
            q3: quantile(0.75),
        }
    }

    /// Of the ratios of samples that were taken in the same round.
    fn of_ratios(own: &[f64], beside: &[f64]) -> Self {
        Self::of(
            own.iter()
                .zip(beside)
                .map(|(own, beside)| own / beside)
                .collect(),
        )
    }
}

pub fn short_ratio(ratio: f64) -> String {
    match ratio {
        20.0.. => format!("{ratio:.0}"),
        2.0.. => format!("{ratio:.1}"),
        _ => format!("{ratio:.2}"),
    }
}

/// Three digits, or a whole number.
pub fn short(number: f64) -> String {
    match number {
        100.0.. => {
            let digits = format!("{number:.0}");
            let mut grouped = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            grouped
        }
        _ if number.fract() == 0.0 => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
