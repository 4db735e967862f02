use std::fmt::{self, Display};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use nft_invoice_bulk::journal::Counts;
use nft_invoice_bulk::lifecycle::{Outcome, State};
use nft_invoice_bulk::run::RowOutcome;

use super::summary::number;
use crate::output::{note, plain};

/// Shows how far a run is: a bar on a terminal, elsewhere a line every few seconds.
pub struct Progress {
    counts: Counts,
    bar: Option<ProgressBar>,
    started: Instant,
    last: Instant,
    done: u64,
    /// Whether it was reported that nothing can be sent.
    is_waiting: bool,
    give_up_after: Duration,
}

const INTERVAL: Duration = Duration::from_secs(5);

impl Progress {
    /// Begins with what the journal has.
    pub fn new(counts: Counts, give_up_after: Duration) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(counts.total),
                ProgressDrawTarget::stderr_with_hz(5),
            );
            let style = ProgressStyle::with_template(
                "{wide_bar} {pos} of {len}, {rate}, {eta} left  {msg}",
            );
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key(
                "rate",
                |bar: &ProgressState, text: &mut dyn fmt::Write| {
                    let _ = write!(text, "{:.0} rows/s", bar.per_sec());
                },
            ));
            let waiting = counts.prepared + counts.in_flight + counts.parked;
            bar.set_position(counts.total.saturating_sub(waiting));
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        Self {
            counts,
            bar,
            started: now,
            last: now,
            done: 0,
            is_waiting: false,
            give_up_after,
        }
    }

    /// A request has ended.
    pub fn row(&mut self, row: &RowOutcome) {
        match (row.outcome, &row.reason) {
            (Outcome::NotSent, Some(reason)) if !self.is_waiting => {
                self.is_waiting = true;
                self.note(format_args!(
                    "Nothing can be sent: {}. Trying again for {} minutes.",
                    plain(reason),
                    self.give_up_after.as_secs() / 60
                ));
            }
            (Outcome::NotSent, _) => {}
            _ if self.is_waiting => {
                self.is_waiting = false;
                self.note("The gateway responds again.");
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
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(self.outcomes());
        } else if self.last.elapsed() >= INTERVAL {
            self.last = Instant::now();
            let seconds = self.started.elapsed().as_secs_f64();
            note(format_args!(
                "{}, {:.0} rows/s",
                self.outcomes(),
                self.done as f64 / seconds
            ));
        }
    }

    /// Writes a line, above the bar.
    fn note(&self, line: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(line)),
            None => note(line),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn outcomes(&self) -> String {
        let Counts {
            accepted,
            rejected,
            unknown,
            ..
        } = self.counts;
        let [accepted, rejected, unknown] = [accepted, rejected, unknown].map(number);
        format!("{accepted} accepted, {rejected} rejected, {unknown} unknown")
    }
}
