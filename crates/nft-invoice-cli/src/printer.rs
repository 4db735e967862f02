use std::io;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::happening::{Happening, Lines};
use crate::output::{self, Format, Paint, note};

/// Prints events on a thread of its own, so that a slow reader does not block the sandbox.
pub struct Printer(JoinHandle<io::Result<()>>);

impl Printer {
    /// The time limit for the last lines.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// To standard output, as the result.
    pub fn to_output(
        format: Format,
        happenings: impl Iterator<Item = Happening> + Send + 'static,
    ) -> Self {
        let mut lines = Lines::new(Paint::detect());
        Self::start(happenings, move |happening| match format {
            Format::Json => output::json(happening.json()),
            Format::Text => output::line(lines.line(happening)),
        })
    }

    /// To standard error, beside a result on standard output.
    pub fn to_notes(happenings: impl Iterator<Item = Happening> + Send + 'static) -> Self {
        let mut lines = Lines::new(Paint::on(&io::stderr()));
        Self::start(happenings, move |happening| {
            note(lines.line(happening));
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
        mut happenings: impl Iterator<Item = Happening> + Send + 'static,
        mut print: impl FnMut(&Happening) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let print_all = move || happenings.try_for_each(|happening| print(&happening));
        Self(spawn_blocking(print_all))
    }
}
