use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nft_invoice_bulk::journal::Counts;
use nft_invoice_bulk::lifecycle::State;

use super::summary::number;
use crate::output::note;

/// Shows how far a run is: a bar on a terminal, elsewhere a line every few seconds.
pub struct Progress {
    counts: Counts,
    bar: Option<ProgressBar>,
    started: Instant,
    last: Instant,
    done: u64,
}

const INTERVAL: Duration = Duration::from_secs(5);

impl Progress {
    /// Begins with what the journal has.
    pub fn new(counts: Counts) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(counts.total),
                ProgressDrawTarget::stderr_with_hz(5),
            );
            let style = ProgressStyle::with_template(
                "{wide_bar} {pos} of {len}, {per_sec}, {eta} left  {msg}",
            );
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
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
        }
    }

    /// A row has reached this state.
    pub fn row(&mut self, state: State) {
        match state {
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
