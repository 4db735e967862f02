//! Draws results as SVG, once for light pages and once for dark ones.

use std::fmt::Write;

use crate::report::{self, Report};
use crate::table::{Measure, short};

const WIDTH: f64 = 760.0;
/// Where the bars begin, and what the widest one has.
const LEFT: f64 = 250.0;
const BAR: f64 = 400.0;
const ROW: f64 = 26.0;

struct Chart {
    name: &'static str,
    title: &'static str,
    panels: Vec<Panel>,
}

/// Bars with one scale.
struct Panel {
    caption: &'static str,
    unit: &'static str,
    bars: Vec<Bar>,
}

struct Bar {
    name: String,
    value: f64,
}

struct Theme {
    name: &'static str,
    text: &'static str,
    muted: &'static str,
    own: &'static str,
    other: &'static str,
}

const THEMES: [Theme; 2] = [
    Theme {
        name: "light",
        text: "#1f2328",
        muted: "#59636e",
        own: "#0969da",
        other: "#afb8c1",
    },
    Theme {
        name: "dark",
        text: "#f0f6fc",
        muted: "#9198a1",
        own: "#4493f8",
        other: "#59636e",
    },
];

/// Draws every chart whose results exist into the main workspace's `docs`. With `is_short` writes nothing.
pub fn draw(is_short: bool) {
    for chart in charts() {
        for theme in &THEMES {
            let svg = chart.svg(theme);
            let name = format!("performance-{}-{}.svg", chart.name, theme.name);
            let path = report::main_workspace().join("docs").join(name);
            if is_short {
                continue;
            }
            match std::fs::write(&path, svg) {
                Ok(()) => println!("drawn: {}", path.display()),
                Err(error) => eprintln!("{}: {error}", path.display()),
            }
        }
    }
}

fn charts() -> Vec<Chart> {
    let panel = |topic, table: &str, measure, scale: f64, unit, caption, only: &[&str]| {
        let report = Report::read(topic).ok()?;
        let table = report.tables.into_iter().find(|one| one.title == table)?;
        let rows = table.rows.into_iter();
        let rows = rows.filter(|row| only.is_empty() || only.contains(&row.name.as_str()));
        let bars = rows.filter_map(|row| {
            let figure = row.figures.get(&measure)?;
            Some(Bar {
                value: figure.spread.median / scale,
                name: row.name,
            })
        });
        Some(Panel {
            caption,
            unit,
            bars: bars.collect(),
        })
    };
    let network = panel(
        "network",
        "https, round trip of 20 ms",
        Measure::Time,
        1000.0,
        "ms",
        "milliseconds over https, at a round trip of 20 ms",
        &[],
    );
    let programs = [
        "hyper and rustls alone",
        "nft-invoice-core",
        "nft-invoice, ureq",
        "nft-invoice, hyper",
        "nft-invoice, reqwest",
        "async-stripe",
        "oauth2",
    ];
    let weight = |topic, table, measure, unit, caption| {
        panel(topic, table, measure, 1.0, unit, caption, &programs)
    };
    let weight = [
        weight(
            "weight",
            "minimal programs",
            Measure::Crates,
            "",
            "crates that a program depends on",
        ),
        weight(
            "weight",
            "minimal programs",
            Measure::BuildCpu,
            "s",
            "CPU seconds of a cold debug build",
        ),
        weight(
            "size",
            "stripped sizes",
            Measure::Size,
            "KiB",
            "KiB of the stripped release program",
        ),
    ];
    let reused = panel(
        "client",
        "https, connection reused, one in flight",
        Measure::Cpu,
        1.0,
        "µs",
        "CPU µs of the client for one create, over a connection that is used again",
        &[],
    );
    let fresh = panel(
        "client",
        "https, new connections, one in flight",
        Measure::Cpu,
        1.0,
        "µs",
        "CPU µs of the client for one create, over a new connection",
        &[],
    );
    let valid = panel(
        "core",
        "valid invoice",
        Measure::Cpu,
        1.0,
        "µs",
        "CPU µs for a valid invoice",
        &[],
    );
    let invalid = panel(
        "core",
        "15 errors",
        Measure::Cpu,
        1.0,
        "µs",
        "CPU µs for an invoice with 15 errors",
        &[],
    );
    let chart = |name, title, panels: Vec<Option<Panel>>| Chart {
        name,
        title,
        panels: panels.into_iter().flatten().collect(),
    };
    let charts = [
        chart("network", "How long a create takes", vec![network]),
        chart("weight", "What depending on it costs", weight.into()),
        chart("client", "What a create costs", vec![reused, fresh]),
        chart("core", "What validation costs", vec![valid, invalid]),
    ];
    charts
        .into_iter()
        .filter(|chart| !chart.panels.is_empty())
        .collect()
}

impl Chart {
    fn svg(&self, theme: &Theme) -> String {
        let mut body = String::new();
        let mut y = 26.0;
        text(
            &mut body,
            (0.0, y, "start", 16.0),
            theme.text,
            self.title,
            "600",
        );
        for panel in &self.panels {
            y += 30.0;
            text(
                &mut body,
                (0.0, y, "start", 13.0),
                theme.muted,
                panel.caption,
                "400",
            );
            y += 8.0;
            let most = panel.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
            for bar in &panel.bars {
                let (width, middle) = (bar.value / most * BAR, y + ROW / 2.0 + 4.5);
                let color = if bar.name.starts_with("nft-invoice") {
                    theme.own
                } else {
                    theme.other
                };
                text(
                    &mut body,
                    (LEFT - 10.0, middle, "end", 13.0),
                    theme.text,
                    &bar.name,
                    "400",
                );
                let _ = writeln!(
                    body,
                    r#"<rect x="{LEFT}" y="{:.1}" width="{width:.1}" height="{:.1}" rx="3" fill="{color}"/>"#,
                    y + 4.0,
                    ROW - 8.0
                );
                let value = format!("{} {}", short(bar.value), panel.unit);
                let place = (LEFT + width + 8.0, middle, "start", 13.0);
                text(&mut body, place, theme.muted, value.trim_end(), "400");
                y += ROW;
            }
        }
        let height = y + 10.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" role=\"img\">\n<title>{}</title>\n{body}</svg>\n",
            escaped(self.title)
        )
    }
}

fn text(
    body: &mut String,
    (x, y, anchor, size): (f64, f64, &str, f64),
    color: &str,
    text: &str,
    weight: &str,
) {
    let _ = writeln!(
        body,
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{color}">{}</text>"#,
        escaped(text)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
