//! Tables of figures: medians and quartiles of interleaved rounds, and their ratios to the first row.

use std::collections::BTreeMap;
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
    /// Allocations on the measuring thread.
    Allocations,
    /// Instructions in user space.
    Instructions,
    /// Wall-clock time, in s.
    Seconds,
    /// A number of crates.
    Crates,
    /// KiB.
    Size,
    /// MiB of memory.
    Memory,
    /// ns a byte.
    PerByte,
    /// The exponent of growth.
    Exponent,
}

impl Measure {
    fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU µs",
            Self::Time => "time µs",
            Self::Rate => "per second",
            Self::Allocations => "allocations",
            Self::Instructions => "instructions",
            Self::Seconds => "seconds",
            Self::Crates => "crates",
            Self::Size => "KiB",
            Self::Memory => "MiB",
            Self::PerByte => "ns/byte",
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
    pub beside: String,
    pub limit: Limit,
    /// The ratio, once it is measured.
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
            let pair = samples(&target.subject).zip(samples(&target.beside));
            target.found = pair.map(|(own, beside)| Spread::of_ratios(own, beside));
        }
        let floor = rows.first().map(|(_, samples)| samples.clone());
        let figure = |(measure, own): (Measure, Vec<f64>)| {
            let beside = floor.as_ref().and_then(|floor| floor.get(&measure));
            // The ratio of two exponents has no meaning.
            let beside = beside.filter(|_| measure != Measure::Exponent);
            let figure = Figure {
                spread: Spread::of(own.clone()),
                ratio: beside.map(|beside| Spread::of_ratios(&own, beside)),
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

    pub fn print(&self) {
        println!("\n## {}\n{}\n", self.title, self.note);
        let mut measures: Vec<_> = self
            .rows
            .iter()
            .flat_map(|row| row.figures.keys())
            .collect();
        measures.sort();
        measures.dedup();
        let width = self.rows.iter().map(|row| row.name.chars().count()).max();
        let width = width.unwrap_or(0);
        print!("{:<width$}", "");
        for measure in &measures {
            print!("{:>12} {:>17} {:>6}", measure.title(), "quartiles", "ratio");
        }
        println!();
        for row in &self.rows {
            print!("{:<width$}", row.name);
            for measure in &measures {
                match row.figures.get(measure) {
                    None => print!("{:>37}", "-"),
                    Some(Figure { spread, ratio }) => {
                        let quartiles = if spread.q1 == spread.q3 {
                            String::new()
                        } else {
                            format!("{} to {}", short(spread.q1), short(spread.q3))
                        };
                        let ratio =
                            ratio.map_or(String::new(), |ratio| format!("{:.2}", ratio.median));
                        print!("{:>12} {quartiles:>17} {ratio:>6}", short(spread.median));
                    }
                }
            }
            println!();
        }
        for target in &self.targets {
            println!("{}", target.sentence());
        }
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
            beside: beside.to_owned(),
            limit,
            found: None,
        }
    }

    fn sentence(&self) -> String {
        let (words, limit) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit),
            Limit::AtLeast(limit) => ("at least", limit),
        };
        let claim = format!(
            "{}: {} / {}, {words} {limit}",
            self.measure.title(),
            self.subject,
            self.beside
        );
        let Some(found) = self.found else {
            return format!("target  -       {claim}: not measured");
        };
        let is_met = match self.limit {
            Limit::AtMost(limit) => found.median <= limit,
            Limit::AtLeast(limit) => found.median >= limit,
        };
        format!(
            "target  {}  {claim}: {:.3} ({:.3} to {:.3})",
            if is_met { "met   " } else { "MISSED" },
            found.median,
            found.q1,
            found.q3
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
        10.0.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
