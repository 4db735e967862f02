use maud::{Markup, html};

use crate::journal::{Ends, Timeline};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 80.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 8.0;

/// The kinds of ends, from the bottom to the top, with what the legend calls them.
const KINDS: [(&str, &str); 4] = [
    ("created", "created"),
    ("rejected", "rejected"),
    ("unknown", "outcome unknown"),
    ("not-sent", "not sent"),
];

fn parts(ends: &Ends) -> [u64; 4] {
    [ends.created, ends.rejected, ends.unknown, ends.not_sent]
}

/// How many requests ended in each second.
pub(super) fn rates(timeline: &Timeline) -> Markup {
    let seconds = timeline.step as f64 / 1000.0;
    let bars = timeline
        .steps
        .iter()
        .map(|ends| parts(ends).map(|count| count as f64 / seconds));
    stacked(
        timeline,
        &bars.collect::<Vec<_>>(),
        "Requests per second over time, by how they ended",
    )
}

/// How many requests have ended up to each step.
pub(super) fn totals(timeline: &Timeline) -> Markup {
    let mut sums = [0.0; 4];
    let bars = timeline.steps.iter().map(|ends| {
        for (sum, count) in sums.iter_mut().zip(parts(ends)) {
            *sum += count as f64;
        }
        sums
    });
    stacked(
        timeline,
        &bars.collect::<Vec<_>>(),
        "Requests up to each time, by how they ended",
    )
}

/// What the colours mean.
pub(super) fn legend() -> Markup {
    html! {
        ul.legend {
            @for (class, name) in KINDS {
                li { span class={ "swatch " (class) } {} (name) }
            }
        }
    }
}

fn stacked(timeline: &Timeline, bars: &[[f64; 4]], label: &str) -> Markup {
    let most = bars
        .iter()
        .map(|bar| bar.iter().sum::<f64>())
        .fold(0.0, f64::max);
    let tick = tick(most);
    let top = (most / tick).ceil().max(1.0) * tick;
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let width = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let ticks = (0..=(top / tick).round() as u32).map(|at| f64::from(at) * tick);
    let seconds = timeline.step as f64 * bars.len() as f64 / 1000.0;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
            @for value in ticks {
                line.grid x1=(LEFT) x2=(WIDTH) y1=(round(y(value))) y2=(round(y(value))) {}
                text.axis x=(LEFT - 8.0) y=(round(y(value) + 4.0)) text-anchor="end" { (amount(value)) }
            }
            @for (at, bar) in bars.iter().enumerate() {
                @let x = LEFT + width * at as f64;
                @for (kind, from, to) in segments(bar) {
                    rect class=(kind) x=(round(x)) width=(round((width - 1.0).max(0.5)))
                        y=(round(y(to))) height=(round(y(from) - y(to))) {}
                }
            }
            @for at in 0..=4_u32 {
                @let share = f64::from(at) / 4.0;
                text.axis x=(round(LEFT + (WIDTH - LEFT) * share)) y=(HEIGHT - 8.0)
                    text-anchor=(if at == 0 { "start" } else if at == 4 { "end" } else { "middle" }) {
                    (time(seconds * share))
                }
            }
        }
    }
}

/// The parts of a bar that can be seen: kind, lower and upper value.
fn segments(bar: &[f64; 4]) -> Vec<(&'static str, f64, f64)> {
    let mut sum = 0.0;
    let parts = KINDS.iter().zip(bar).map(|((kind, _), value)| {
        let from = sum;
        sum += value;
        (*kind, from, sum)
    });
    parts.filter(|(_, from, to)| to > from).collect()
}

/// A round distance between the lines of a scale that ends at `most`: about four of them.
fn tick(most: f64) -> f64 {
    let rough = (most / 4.0).max(0.25);
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= rough);
    factor.unwrap_or(10.0) * power
}

/// A time with its unit.
pub(super) fn time(seconds: f64) -> String {
    let (unit, length) = match seconds {
        0.0..120.0 => ("s", 1.0),
        120.0..7200.0 => ("min", 60.0),
        _ => ("h", 3600.0),
    };
    format!("{} {unit}", round(seconds / length))
}

/// A value of a scale, with thousands apart.
fn amount(value: f64) -> String {
    if value < 1000.0 {
        value.to_string()
    } else {
        super::number(value as u64)
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_round_steps() {
        for (most, step) in [
            (0.0, 0.25),
            (1.0, 0.25),
            (7.0, 2.0),
            (37.0, 10.0),
            (880.0, 250.0),
            (4100.0, 2000.0),
        ] {
            assert_eq!(tick(most), step, "{most}");
        }
    }

    #[test]
    fn times_are_short() {
        for (seconds, shown) in [
            (0.44, "0.4 s"),
            (119.0, "119 s"),
            (150.0, "2.5 min"),
            (9000.0, "2.5 h"),
        ] {
            assert_eq!(time(seconds), shown);
        }
    }
}
