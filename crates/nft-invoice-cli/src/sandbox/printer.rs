use std::io::{self, IsTerminal, Write};
use std::thread;
use std::time::{Duration, Instant};

use nft_invoice_sandbox::ActivityStream;
use tokio::sync::mpsc::Receiver;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::sandbox::event_lines::{Event, EventLines};
use crate::terminal::output::{Format, Paint};

/// Prints events on a thread of its own, so that a slow reader does not block the sandbox.
///
/// The first of a quiet time is printed at once. Those that follow closely are written together, as each write and each
/// wake-up of the thread takes time from the sandbox.
pub struct Printer(JoinHandle<io::Result<()>>);

/// Events in order.
pub trait Events: Send + 'static {
    /// Waits for the next event; `None` after the last.
    fn wait(&mut self) -> Option<Event>;

    /// Returns the events that are there already.
    fn ready(&mut self) -> impl Iterator<Item = Event>;
}

impl Printer {
    /// The time limit for the last lines.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// To standard output, as the result.
    pub fn to_output(format: Format, events: impl Events) -> Self {
        let is_read = format == Format::Text && io::stdout().is_terminal();
        let lines = EventLines::new(format, Paint::detect());
        Self::start(events, lines, is_read, |lines| {
            let mut out = io::stdout().lock();
            out.write_all(lines.as_bytes())?;
            out.flush()
        })
    }

    /// To standard error, beside a result on standard output. A closed standard error does not end the program.
    pub fn to_notes(events: impl Events) -> Self {
        let is_read = io::stderr().is_terminal();
        let lines = EventLines::new(Format::Text, Paint::on(&io::stderr()));
        Self::start(events, lines, is_read, |lines| {
            let _ = io::stderr().lock().write_all(lines.as_bytes());
            Ok(())
        })
    }

    /// Waits until the last event is printed, within the time limit.
    pub async fn end(self) -> io::Result<()> {
        match timeout(Self::PATIENCE, self.0).await {
            Ok(Ok(printed)) => printed,
            // Nothing reads them; or a panic, which has been reported.
            _ => Ok(()),
        }
    }

    fn start(
        events: impl Events,
        lines: EventLines,
        is_read: bool,
        write: impl FnMut(&str) -> io::Result<()> + Send + 'static,
    ) -> Self {
        Self(spawn_blocking(move || {
            let flow = is_read.then(Flow::new);
            print_all(events, lines, flow, write)
        }))
    }
}

/// How much is written at once, in bytes: as much as a pipe usually holds.
const ENOUGH: usize = 64 * 1024;
/// The wait after the events that were there.
const PAUSE: Duration = Duration::from_millis(20);

fn print_all(
    mut events: impl Events,
    mut lines: EventLines,
    mut flow: Option<Flow>,
    mut write: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    let mut text = String::new();
    loop {
        let is_pending = flow.as_ref().is_some_and(|flow| flow.omitted > 0);
        let first = if is_pending { None } else { events.wait() };
        if first.is_none() && !is_pending {
            return Ok(());
        }
        for event in first.into_iter().chain(events.ready()) {
            if flow.as_mut().is_none_or(Flow::admits) {
                lines.write(&event, &mut text);
            }
            if text.len() >= ENOUGH {
                write(&text)?;
                text.clear();
            }
        }
        if let Some(omitted) = flow.as_mut().and_then(Flow::report) {
            lines.write_omitted(omitted, &mut text);
        }
        if !text.is_empty() {
            write(&text)?;
            text.clear();
        }
        thread::sleep(PAUSE);
    }
}

/// Limits the lines on a terminal to what can be read, or at least be scrolled back to.
struct Flow {
    since: Instant,
    shown: usize,
    omitted: usize,
}

impl Flow {
    const PERIOD: Duration = Duration::from_millis(500);
    /// Lines in a period.
    const LIMIT: usize = 200;

    fn new() -> Self {
        let since = Instant::now();
        Self {
            since,
            shown: 0,
            omitted: 0,
        }
    }

    fn admits(&mut self) -> bool {
        if self.omitted == 0 && self.since.elapsed() >= Self::PERIOD {
            *self = Self::new();
        }
        let admits = self.shown < Self::LIMIT;
        *(if admits {
            &mut self.shown
        } else {
            &mut self.omitted
        }) += 1;
        admits
    }

    /// At the end of a period, how many lines were omitted in it.
    fn report(&mut self) -> Option<usize> {
        let omitted = Some(self.omitted).filter(|count| *count > 0)?;
        if self.since.elapsed() < Self::PERIOD {
            return None;
        }
        *self = Self::new();
        Some(omitted)
    }
}

impl Events for ActivityStream {
    fn wait(&mut self) -> Option<Event> {
        self.next().map(Event::Known)
    }

    fn ready(&mut self) -> impl Iterator<Item = Event> {
        self.try_iter().map(Event::Known)
    }
}

impl Events for Receiver<Event> {
    fn wait(&mut self) -> Option<Event> {
        self.blocking_recv()
    }

    fn ready(&mut self) -> impl Iterator<Item = Event> {
        std::iter::from_fn(|| self.try_recv().ok())
    }
}

#[cfg(test)]
mod tests {
    use nft_invoice_sandbox::Activity;

    use super::*;

    /// Bursts of so many events.
    struct Bursts(Vec<usize>);

    impl Events for Bursts {
        fn wait(&mut self) -> Option<Event> {
            self.0.last_mut().filter(|count| **count > 0).map(|count| {
                *count -= 1;
                Event::Known(Activity::Reset)
            })
        }

        fn ready(&mut self) -> impl Iterator<Item = Event> {
            let rest = self.0.pop().unwrap_or_default();
            (0..rest).map(|_| Event::Known(Activity::Reset))
        }
    }

    fn printed(bursts: &[usize], flow: Option<Flow>) -> Vec<String> {
        let lines = EventLines::new(Format::Text, Paint::off());
        let bursts = bursts.iter().rev().copied().collect();
        let mut writes = Vec::new();
        print_all(Bursts(bursts), lines, flow, |text| {
            writes.push(text.to_owned());
            Ok(())
        })
        .unwrap();
        writes
    }

    #[test]
    fn writes_a_burst_at_once_and_whole() {
        let writes = printed(&[1, 1000], None);
        let lines: Vec<_> = writes.iter().map(|text| text.lines().count()).collect();
        assert_eq!(lines, [1, 1000]);
    }

    #[test]
    fn omits_what_nobody_can_read_and_counts_it() {
        let writes = printed(&[150, 150], Some(Flow::new())).concat();
        let lines: Vec<_> = writes.lines().collect();
        assert_eq!(lines.len(), Flow::LIMIT + 1, "{writes}");
        assert!(
            lines[Flow::LIMIT].contains("omitted     100 events"),
            "{writes}"
        );
    }
}
