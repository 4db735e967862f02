//! Writes `docs/performance.md` from its template and the results.

use std::fmt::Write;

use crate::report::{self, Report};
use crate::table::{Table, Target, short, short_ratio};

const TEMPLATE: &str = include_str!("performance.md");

/// With `is_short` writes nothing.
pub fn write(topics: &[&str], is_short: bool) {
    let mut page = TEMPLATE.to_owned();
    for topic in topics {
        let text = match Report::read(topic) {
            Ok(report) => tables(&report),
            Err(_) => "Not measured yet.".to_owned(),
        };
        page = page.replace(&format!("{{{{{topic}}}}}"), text.trim());
    }
    let path = report::main_workspace().join("docs/performance.md");
    if is_short {
        return;
    }
    match std::fs::write(&path, page) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => eprintln!("{}: {error}", path.display()),
    }
}

fn tables(report: &Report) -> String {
    let mut text = format!(
        "`{}`, {}, {}, {}, at a load of {} to {}.\n",
        report.command,
        report.date,
        report.machine,
        report.compiler,
        report.load[0],
        report.load[1]
    );
    for table in &report.tables {
        let _ = write!(
            text,
            "\n**{}.** {}\n\n",
            capitalized(&table.title),
            table.note
        );
        text += &rows(table);
        for target in &table.targets {
            let _ = write!(text, "\n- {}", sentence(target));
        }
        if !table.targets.is_empty() {
            text += "\n";
        }
    }
    text
}

fn rows(table: &Table) -> String {
    let measures = table.measures();
    let mut text = "| |".to_owned();
    for &measure in &measures {
        let ratio = if table.has_ratios(measure) {
            " ratio |"
        } else {
            ""
        };
        let _ = write!(text, " {} |{ratio}", measure.title());
    }
    let columns = text.matches('|').count() - 1;
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(columns - 1));
    for row in &table.rows {
        let _ = write!(text, "| {} |", row.name);
        for &measure in &measures {
            let figure = row.figures.get(&measure);
            let median = figure.map(|figure| short(figure.spread.median));
            let _ = write!(text, " {} |", median.unwrap_or_default());
            if table.has_ratios(measure) {
                let ratio = figure.and_then(|figure| figure.ratio);
                let ratio = ratio.map(|ratio| short_ratio(ratio.median));
                let _ = write!(text, " {} |", ratio.unwrap_or_default());
            }
        }
        text += "\n";
    }
    text
}

fn sentence(target: &Target) -> String {
    let text = target.sentence();
    let text = text.trim_start_matches("target").trim_start();
    match text.split_once(' ') {
        Some((word, rest)) => format!("**{}**: {}", word.to_lowercase(), rest.trim_start()),
        None => text.to_owned(),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        // As in `https`.
        Some(first) if !text.starts_with("http") => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}
