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
    let bar = |ends: &Ends| parts(ends).map(|count| count as f64 / seconds);
    let label = "Requests per second over time, by how they ended";
    stacked(timeline, label, bar)
}

/// How many requests have ended up to each step.
pub(super) fn totals(timeline: &Timeline) -> Markup {
    let mut sums = [0.0; 4];
    let bar = |ends: &Ends| {
        for (sum, count) in sums.iter_mut().zip(parts(ends)) {
            *sum += count as f64;
        }
        sums
    };
    stacked(timeline, "Requests up to each time, by how they ended", bar)
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

fn stacked(timeline: &Timeline, label: &str, bar: impl FnMut(&Ends) -> [f64; 4]) -> Markup {
    let steps = timeline.parts.iter().flat_map(|part| &part.steps);
    let bars: Vec<_> = steps.map(bar).collect();
    let most = bars
        .iter()
        .map(|bar| bar.iter().sum::<f64>())
        .fold(0.0, f64::max);
    let tick = tick(most);
    let top = (most / tick).ceil().max(1.0) * tick;
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let ticks = (0..=(top / tick).round() as u32).map(|at| f64::from(at) * tick);
    let places = places(timeline);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
            @for value in ticks {
                line.grid x1=(LEFT) x2=(WIDTH) y1=(round(y(value))) y2=(round(y(value))) {}
                text.axis x=(LEFT - 8.0) y=(round(y(value) + 4.0)) text-anchor="end" { (amount(value)) }
            }
            @for (bar, x) in bars.iter().zip(&places.bars) {
                @for (kind, from, to) in segments(bar) {
                    rect class=(kind) x=(round(*x)) width=(round((places.width - 1.0).max(0.5)))
                        y=(round(y(to))) height=(round(y(from) - y(to))) {}
                }
            }
            @for (x, pause) in places.pauses.iter().zip(timeline.pauses()) {
                rect.pause x=(round(*x)) width=(round(places.pause)) y=(TOP) height=(HEIGHT - TOP - BOTTOM) {}
                @if places.pause >= PAUSE {
                    text.axis x=(round(x + places.pause / 2.0)) y=(TOP + 16.0) text-anchor="middle" { (time(pause as f64 / 1000.0)) }
                }
            }
            @for (x, anchor, seconds) in times(timeline, &places) {
                text.axis x=(round(x)) y=(HEIGHT - 8.0) text-anchor=(anchor) { (time(seconds)) }
            }
        }
    }
}

/// The width of a pause, if there is room for it.
const PAUSE: f64 = 64.0;

/// Where the bars and the pauses are.
struct Places {
    /// The left end of each bar.
    bars: Vec<f64>,
    /// The width of a bar.
    width: f64,
    /// The left end of each pause.
    pauses: Vec<f64>,
    /// The width of a pause.
    pause: f64,
}

fn places(timeline: &Timeline) -> Places {
    let pauses = timeline.parts.len().saturating_sub(1) as f64;
    let room = WIDTH - LEFT;
    // The bars have at least half of the room.
    let pause = PAUSE.min(room / 2.0 / pauses.max(1.0));
    let bars: usize = timeline.parts.iter().map(|part| part.steps.len()).sum();
    let mut places = Places {
        bars: Vec::with_capacity(bars),
        width: (room - pause * pauses) / bars.max(1) as f64,
        pauses: Vec::new(),
        pause,
    };
    let mut x = LEFT;
    for (at, part) in timeline.parts.iter().enumerate() {
        if at > 0 {
            places.pauses.push(x);
            x += pause;
        }
        for _ in &part.steps {
            places.bars.push(x);
            x += places.width;
        }
    }
    places
}

/// What is written below: a place, which end of the text is there, and the seconds since the first request ended.
fn times(timeline: &Timeline, places: &Places) -> Vec<(f64, &'static str, f64)> {
    /// The distance between two texts.
    const APART: f64 = 110.0;
    let seconds = timeline.step as f64 / 1000.0;
    if let [only] = &timeline.parts[..] {
        let quarters = (0..=4_u8).map(|at| {
            let anchor = match at {
                0 => "start",
                4 => "end",
                _ => "middle",
            };
            let share = f64::from(at) / 4.0;
            let time = seconds * only.steps.len() as f64 * share;
            (LEFT + (WIDTH - LEFT) * share, anchor, time)
        });
        return quarters.collect();
    }
    let Some(first) = timeline.parts.first() else {
        return Vec::new();
    };
    let mut times: Vec<(f64, &'static str, f64)> = Vec::new();
    let mut bar = 0;
    for part in &timeline.parts {
        let since = (part.from - first.from) as f64 / 1000.0;
        let x = places.bars.get(bar).copied().unwrap_or(LEFT);
        bar += part.steps.len();
        if x + APART <= WIDTH && times.last().is_none_or(|last| last.0 + APART <= x) {
            times.push((x, "start", since));
        }
    }
    if let Some(last) = timeline.parts.last()
        && times
            .last()
            .is_none_or(|time| time.0 + 2.0 * APART <= WIDTH)
    {
        let end = (timeline.end_of(last) - first.from) as f64 / 1000.0;
        let is_new = times
            .last()
            .is_none_or(|before| time(before.2) != time(end));
        times.extend(is_new.then_some((WIDTH, "end", end)));
    }
    times
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
