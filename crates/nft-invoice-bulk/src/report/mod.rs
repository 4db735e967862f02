//! One HTML file about a journal: how many rows are in which state, and how the requests ended over time. It contains no
//! link and needs no network.

mod chart;
mod style;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use nft_invoice::Reference;

use crate::journal::{Counts, Ends, Journal, JournalError, StoredRow, Timeline};
use crate::lifecycle::State;

/// The most rows that are listed.
const LISTED: usize = 200;

/// The states whose rows are listed, because somebody has to do something about them.
const ATTENTION: [State; 4] = [
    State::Duplicate,
    State::Unknown,
    State::Parked,
    State::Rejected,
];

/// Writes the report.
///
/// # Errors
///
/// If the journal cannot be read.
pub async fn report(journal: &dyn Journal) -> Result<String, JournalError> {
    let counts = journal.counts().await?;
    let timeline = journal.timeline().await?;
    let mut lists = Vec::new();
    for state in ATTENTION {
        let rows = journal.rows(&[state], 0, LISTED).await?;
        if !rows.is_empty() {
            lists.push((state, rows));
        }
    }
    Ok(page(&counts, &timeline, &lists).into_string())
}

fn page(counts: &Counts, timeline: &Timeline, lists: &[(State, Vec<StoredRow>)]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Bulk creation" }
                style { (PreEscaped(style::STYLE)) }
            }
            body {
                header {
                    h1 { "Bulk creation" }
                    p { (number(counts.total)) @if counts.total == 1 { " row" } @else { " rows" } @if let Some(span) = span(timeline) { ", " (span) } }
                }
                main {
                    section.tiles aria-label="Rows by state" {
                        @for state in State::ALL {
                            @let count = counts.of(state);
                            @if count > 0 {
                                div class={ "tile " (state) } {
                                    span.count { (number(count)) }
                                    span.state { (state.to_string().replace('_', " ")) }
                                }
                            }
                        }
                    }
                    @if timeline.steps.is_empty() {
                        p { "No request was sent." }
                    } @else {
                        (chart::legend())
                        section {
                            h2 { "Requests per second" }
                            p { "Each bar is the average of " (chart::time(timeline.step as f64 / 1000.0)) ". Times are since the first request ended." }
                            (scroll("Requests per second", &chart::rates(timeline)))
                        }
                        section {
                            h2 { "Requests so far" }
                            p { "With those that were sent again." }
                            (scroll("Requests so far", &chart::totals(timeline)))
                        }
                    }
                    @for (state, rows) in lists {
                        section {
                            h2 { (title(*state)) }
                            p { (advice(*state)) }
                            (scroll(title(*state), &table(rows)))
                            @if counts.of(*state) > rows.len() as u64 {
                                p { "The first " (rows.len()) " of " (number(counts.of(*state))) "." }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What can be wider than the page; the keyboard can move it, too.
fn scroll(name: &str, content: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) { (content) }
    }
}

fn table(rows: &[StoredRow]) -> Markup {
    html! {
        table {
            thead { tr { th { "Row" } th { "Reference" } th { "Reason" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { (row.input) ":" (row.line) }
                        td { code { (row.sent_reference().map_or("", Reference::as_str)) } }
                        td {
                            @for fault in &row.faults {
                                div { @if !fault.path.is_empty() { code { (fault.path) } ": " } (fault.message) }
                            }
                            (row.reason.as_deref().unwrap_or_default())
                        }
                    }
                }
            }
        }
    }
}

fn title(state: State) -> &'static str {
    match state {
        State::Duplicate => "Two invoices for one row",
        State::Unknown => "Outcome unknown",
        State::Parked => "Parked until the next run",
        _ => "Rejected",
    }
}

fn advice(state: State) -> &'static str {
    match state {
        State::Duplicate => {
            "The customer can have paid twice. Compare the invoices with the gateway, and refund one."
        }
        State::Unknown => {
            "These may have been created. Run nft-invoice bulk reconcile. Hosted rows are sent again by the next run; cards are not."
        }
        State::Parked => "Sending these failed too often. The next run tries again.",
        _ => "Correct these rows and run them again.",
    }
}

/// From the first request's end to the last one's.
fn span(timeline: &Timeline) -> Option<String> {
    let is_used = |ends: &Ends| *ends != Ends::default();
    let last = timeline.steps.iter().rposition(is_used)?;
    let end = timeline.from + timeline.step * (last as i64 + 1);
    let second = |ms: i64| {
        let time = Timestamp::from_second(ms / 1000).ok()?;
        Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
    };
    Some(format!(
        "{} to {} UTC",
        second(timeline.from)?,
        second(end)?
    ))
}

/// A number with thousands apart.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    let groups: Vec<_> = groups
        .into_iter()
        .filter_map(|group| str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        for (given, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(number(given), shown);
        }
    }

    #[test]
    fn shows_states_and_charts() {
        let counts = Counts {
            total: 1200,
            accepted: 1199,
            unknown: 1,
            ..Counts::default()
        };
        let timeline = Timeline {
            from: 1_780_000_000_000,
            step: 1000,
            steps: vec![
                Ends {
                    created: 5,
                    unknown: 1,
                    ..Ends::default()
                };
                3
            ],
        };
        let page = page(&counts, &timeline, &[]).into_string();
        for part in [
            "1,200 rows",
            "1,199",
            "2026-05-28 20:26:40 to 2026-05-28 20:26:43 UTC",
            "average of 1 s",
            "<svg",
            "prefers-color-scheme",
        ] {
            assert!(page.contains(part), "{part}");
        }
        for part in ["http", "src=", "<script", "class=\"tile parked"] {
            assert!(!page.contains(part), "{part}");
        }
    }
}
