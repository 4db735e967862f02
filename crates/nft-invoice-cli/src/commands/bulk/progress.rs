use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use nft_invoice::Mode;
use nft_invoice_bulk::journal::Counts;
use nft_invoice_bulk::lifecycle::{Outcome, State};
use nft_invoice_bulk::run::RowOutcome;

use super::summary::number;
use crate::terminal::output::{note, plain};

/// Shows how far a run is: a bar on a terminal, elsewhere a line now and then.
pub struct Progress {
    counts: Counts,
    /// Rows that this run still has to send.
    waiting: u64,
    notes: Notes,
    started: Instant,
    /// When the last line was written, and how many rows were waiting then.
    last: (Instant, u64),
    /// Whether it was reported that nothing can be sent.
    is_failing: bool,
    give_up_after: Duration,
}

impl Progress {
    /// Begins with what the journal contains before the run.
    pub fn new(counts: Counts, mode: Mode, give_up_after: Duration) -> Self {
        let counts = at_beginning(counts, mode);
        let now = Instant::now();
        Self {
            counts,
            waiting: counts.prepared,
            notes: Notes(bar(&counts)),
            started: now,
            last: (now, counts.prepared),
            is_failing: false,
            give_up_after,
        }
    }

    /// Notes that do not overwrite the bar.
    pub fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// A request has ended.
    pub fn row(&mut self, row: &RowOutcome) {
        match (row.outcome, &row.reason) {
            (Outcome::NotSent, Some(reason)) if row.is_unreachable && !self.is_failing => {
                self.is_failing = true;
                self.notes.note(format_args!(
                    "Nothing can be sent: {}. Trying again for {} minutes.",
                    plain(reason),
                    self.give_up_after.as_secs() / 60
                ));
            }
            (Outcome::NotSent, _) => {}
            _ if self.is_failing => {
                self.is_failing = false;
                self.notes.note("The gateway responds again.");
            }
            _ => {}
        }
        match row.state {
            State::Accepted => self.counts.accepted += 1,
            State::Rejected => self.counts.rejected += 1,
            State::Unknown => self.counts.unknown += 1,
            State::Duplicate => self.counts.duplicate += 1,
            // It comes again.
            _ => return,
        }
        self.waiting = self.waiting.saturating_sub(1);
        if let Notes(Some(bar)) = &self.notes {
            bar.inc(1);
            bar.set_message(outcomes(&self.counts));
            return;
        }
        let now = Instant::now();
        let (written, waiting) = self.last;
        let time = now - written;
        if time < interval(written - self.started) {
            return;
        }
        self.last = (now, self.waiting);
        let rate = waiting.saturating_sub(self.waiting) as f64 / time.as_secs_f64();
        note(format_args!(
            "{} of {}, {}, {}: {}",
            number(self.counts.total.saturating_sub(self.waiting)),
            number(self.counts.total),
            per_second(rate),
            left(self.waiting as f64, rate),
            outcomes(&self.counts)
        ));
    }
}

/// Writes lines to standard error, above the bar if there is one.
#[derive(Clone)]
pub struct Notes(Option<ProgressBar>);

impl Notes {
    pub fn note(&self, line: impl Display) {
        match &self.0 {
            Some(bar) => bar.suspend(|| note(line)),
            None => note(line),
        }
    }

    /// Leaves the bar as it is, and writes this and further lines below it. The terminal has shown Ctrl-C in a row that
    /// the bar does not know of, so it cannot be taken away any more.
    pub fn note_interrupt(&self, line: impl Display) {
        if let Some(bar) = &self.0 {
            bar.set_draw_target(ProgressDrawTarget::hidden());
            note("");
        }
        note(line);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// The counts once the run has begun, which sends hosted rows again whose outcome is unknown.
fn at_beginning(mut counts: Counts, mode: Mode) -> Counts {
    let lost = std::mem::take(&mut counts.in_flight);
    match mode {
        Mode::Hosted => counts.prepared += lost + std::mem::take(&mut counts.unknown),
        Mode::S2s => counts.unknown += lost,
    }
    counts.prepared += std::mem::take(&mut counts.parked);
    counts
}

/// A bar, unless standard error is no terminal or one that cannot move its cursor.
fn bar(counts: &Counts) -> Option<ProgressBar> {
    let target = ProgressDrawTarget::stderr_with_hz(5);
    let bar = ProgressBar::with_draw_target(Some(counts.total), target);
    if bar.is_hidden() {
        return None;
    }
    // The first line fills the terminal's, so that no line end is written after it: where the two are on one line, as in a
    // recording or a terminal that has become wider, the comma and the space separate them.
    let style = ProgressStyle::with_template(
        "{wide_bar} {human_pos} of {human_len}, \n{speed}, {time_left}: {msg}",
    );
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let speed = |bar: &ProgressState, text: &mut dyn fmt::Write| {
        let _ = text.write_str(&per_second(bar.per_sec()));
    };
    let time_left = |bar: &ProgressState, text: &mut dyn fmt::Write| {
        let rows = bar.len().unwrap_or_default().saturating_sub(bar.pos());
        let _ = text.write_str(&left(rows as f64, bar.per_sec()));
    };
    bar.set_style(
        style
            .with_key("speed", speed)
            .with_key("time_left", time_left),
    );
    bar.set_message(outcomes(counts));
    bar.set_position(counts.total - counts.prepared);
    bar.reset_eta();
    // Rate and time left change also while nothing can be sent.
    bar.enable_steady_tick(Duration::from_secs(1));
    Some(bar)
}

/// How long after a line the next one follows: often at first, but a run of hours does not fill the log.
fn interval(since_start: Duration) -> Duration {
    (since_start / 10).clamp(Duration::from_secs(5), Duration::from_secs(60))
}

fn per_second(rate: f64) -> String {
    if rate < 9.95 {
        format!("{rate:.1} rows/s")
    } else {
        format!("{} rows/s", number(rate.round() as u64))
    }
}

fn left(rows: f64, rate: f64) -> String {
    match Duration::try_from_secs_f64(rows / rate) {
        Ok(time) => format!("{:#} left", HumanDuration(time)),
        Err(_) => "time left unknown".to_owned(),
    }
}

fn outcomes(counts: &Counts) -> String {
    let [accepted, rejected, unknown] =
        [counts.accepted, counts.rejected, counts.unknown].map(number);
    format!("{accepted} accepted, {rejected} rejected, {unknown} unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosted_rows_whose_outcome_is_unknown_count_as_waiting() {
        let counts = Counts {
            total: 10,
            in_flight: 1,
            unknown: 2,
            parked: 3,
            accepted: 4,
            ..Counts::default()
        };
        let hosted = at_beginning(counts, Mode::Hosted);
        assert_eq!((hosted.prepared, hosted.unknown), (6, 0));
        let s2s = at_beginning(counts, Mode::S2s);
        assert_eq!((s2s.prepared, s2s.unknown), (3, 3));
    }

    #[test]
    fn ten_hours_are_less_than_a_thousand_lines() {
        let (mut at, mut lines) = (Duration::ZERO, 0);
        while at < Duration::from_secs(36_000) {
            at += interval(at);
            lines += 1;
        }
        assert!((100..1000).contains(&lines), "{lines}");
    }

    #[test]
    fn rates_and_times_are_short() {
        assert_eq!(per_second(0.3), "0.3 rows/s");
        assert_eq!(per_second(7889.4), "7,889 rows/s");
        assert_eq!(left(100.0, 50.0), "2s left");
        assert_eq!(left(100.0, 0.0), "time left unknown");
        assert_eq!(left(0.0, 0.0), "time left unknown");
    }
}
