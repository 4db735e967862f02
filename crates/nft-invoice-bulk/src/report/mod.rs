//! One HTML file about a journal: how many rows are in which state, and how the requests ended over time. It contains no
//! link and needs no network.

mod chart;
mod style;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use nft_invoice::Reference;

use crate::journal::{Counts, Ends, Journal, JournalError, StoredRow, Timeline};
use crate::lifecycle::State;

/// The most rows of a state that are listed.
const LISTED: usize = 100;

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
                    @if timeline.parts.is_empty() {
                        p { "No request was sent." }
                    } @else {
                        (chart::legend())
                        section {
                            h2 { "Requests per second" }
                            p { "Each bar is the average of " (chart::time(timeline.step as f64 / 1000.0)) ". Times are since the first request ended. " (pauses(timeline)) }
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
                            (scroll(title(*state), &table(*state, rows)))
                            @if let more @ 1.. = counts.of(*state).saturating_sub(rows.len() as u64) {
                                p { "And " (number(more)) " more: see " code { (all(*state)) } "." }
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

fn table(state: State, rows: &[StoredRow]) -> Markup {
    let has_evidence = matches!(state, State::Unknown | State::Duplicate);
    html! {
        table {
            thead { tr { th { "Row" } th { "Reference" } th { "Reason" } @if has_evidence { th { "Evidence" } } } }
            tbody {
                @for row in rows {
                    tr {
                        td { (row.input) ":" (row.line) @if let Some(id) = &row.id { " (" (id) ")" } }
                        td { code { (row.sent_reference().map_or("", Reference::as_str)) } }
                        td {
                            @for fault in &row.faults {
                                div { @if !fault.path.is_empty() { code { (fault.path) } ": " } (fault.message) }
                            }
                            (row.reason.as_deref().unwrap_or_default())
                        }
                        @if has_evidence { td { (evidence(row)) } }
                    }
                }
            }
        }
    }
}

/// What is known of the invoices of a row, and who decides about it.
fn evidence(row: &StoredRow) -> Markup {
    let Some(progress) = &row.progress else {
        return html! {};
    };
    let sent = row.sent_at.and_then(second);
    html! {
        div {
            (progress.epoch) @if progress.epoch == 1 { " attempt" } @else { " attempts" }
            @if let Some(sent) = sent { ", last sent " (sent) " UTC" }
        }
        @for seen in &progress.evidence.sightings {
            div { "invoice " code { (seen.id) } " of attempt " (seen.epoch) @if seen.is_used { ", opened or paid" } }
        }
        @if let Some(status) = &row.status { div { "last seen as " code { (status) } } }
        @if row.state == State::Unknown {
            div { @if progress.needs_person() { "Only you can decide." } @else { "The next run sends it again." } }
        }
    }
}

/// The command that lists every row in a state.
fn all(state: State) -> &'static str {
    match state {
        State::Duplicate | State::Unknown => "nft-invoice bulk unknown",
        _ => "nft-invoice bulk export",
    }
}

/// Which pauses are left out of the charts.
fn pauses(timeline: &Timeline) -> String {
    let pauses = timeline.pauses();
    let longest = pauses.iter().copied().max().unwrap_or_default();
    let longest = chart::time(longest as f64 / 1000.0);
    match pauses.len() {
        0 => String::new(),
        1 => format!("A pause of {longest} is left out, and marked."),
        count => format!("{count} pauses are left out, and marked; the longest is {longest}."),
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
            "These may have been created. Run nft-invoice bulk reconcile. A card is never sent again by itself."
        }
        State::Parked => "Sending these failed too often. The next run tries again.",
        _ => "Correct these rows and run them again.",
    }
}

/// From the first request's end to the last one's.
fn span(timeline: &Timeline) -> Option<String> {
    let is_used = |ends: &Ends| *ends != Ends::default();
    let (first, last) = (timeline.parts.first()?, timeline.parts.last()?);
    let used = last.steps.iter().rposition(is_used)?;
    let end = last.from + timeline.step * (used as i64 + 1);
    Some(format!("{} to {} UTC", second(first.from)?, second(end)?))
}

/// A time in milliseconds since 1970, to the second.
fn second(ms: i64) -> Option<String> {
    let time = Timestamp::from_second(ms / 1000).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
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
    use nft_invoice::{Mode, Reference};

    use super::*;
    use crate::journal::Part;
    use crate::lifecycle::{Progress, Sighting};

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
            step: 1000,
            parts: vec![Part {
                from: 1_780_000_000_000,
                steps: vec![
                    Ends {
                        created: 5,
                        unknown: 1,
                        ..Ends::default()
                    };
                    3
                ],
            }],
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

    #[test]
    fn shows_what_is_known_of_unknown_rows_and_where_the_others_are() {
        let row = |number: i64, mode| {
            let mut progress = Progress::new(mode);
            progress.state = State::Unknown;
            progress.epoch = 2;
            progress.evidence.sightings.push(Sighting {
                epoch: 1,
                id: "1689".parse().unwrap(),
                is_used: true,
            });
            StoredRow {
                number,
                input: "drop.csv".to_owned(),
                line: number as u64 + 1,
                reference: Some(Reference::new(format!("r{number}")).unwrap()),
                id: Some(format!("A-{number}")),
                state: State::Unknown,
                progress: Some(progress),
                amount: Some("1.50".to_owned()),
                email: None,
                sent_at: Some(1_780_000_000_000),
                link: Some(("https://gateway.example/?token=t0ken".to_owned(), None)),
                status: Some("invoice:paid".to_owned()),
                reason: Some("connection reset".to_owned()),
                faults: Vec::new(),
            }
        };
        let counts = Counts {
            total: 1200,
            unknown: 1200,
            ..Counts::default()
        };
        let rows = vec![row(1, Mode::Hosted), row(2, Mode::S2s)];
        let lists = [(State::Unknown, rows)];
        let page = page(&counts, &Timeline::default(), &lists).into_string();
        for part in [
            "drop.csv:2 (A-1)",
            "<code>r2</code>",
            "connection reset",
            "2 attempts, last sent 2026-05-28 20:26:40 UTC",
            "invoice <code>1689</code> of attempt 1, opened or paid",
            "last seen as <code>invoice:paid</code>",
            "The next run sends it again.",
            "Only you can decide.",
            "And 1,198 more: see <code>nft-invoice bulk unknown</code>.",
            "No request was sent.",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("t0ken"), "{page}");
    }

    #[test]
    fn a_pause_is_marked_and_makes_no_bar_lower() {
        let hour = 3_600_000;
        let (from, to) = (1_780_000_000_000, 1_780_000_000_000 + 8 * hour);
        let mut timeline = Timeline::between(from, to, vec![(from + 1000, to - 1000)]);
        for at in [from, to] {
            timeline.add(at, "ended_created", 300);
        }
        let page = page(&Counts::default(), &timeline, &[]).into_string();
        for part in [
            "average of 1 s",
            "A pause of 8 h is left out, and marked.",
            "rect class=\"pause\"",
            ">300</text>",
            ">8 h</text>",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}
