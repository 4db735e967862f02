use std::fmt;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::callback::delivery::{BlockedCallback, FinishedAttempt};
use crate::payment::invoice_event::InvoiceEvent;
use crate::store::log::WriteError;
use crate::store::requests::RequestRecord;

/// An event in a sandbox. `Display` writes one line for people, without secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Activity {
    /// A request was handled.
    Request(RequestRecord),
    /// An invoice changed.
    Invoice(InvoiceEvent),
    /// An attempt to send a callback has finished.
    Callback(FinishedAttempt),
    /// A callback waits for an earlier one of its invoice, which has failed.
    Blocked(BlockedCallback),
    /// The clock was moved to this time, such as `2025-01-01T00:00:00Z`.
    Clock(String),
    /// A change failed because the database could not be written.
    WriteError(WriteError),
    /// All data was deleted; numbering restarts at 1.
    Reset,
    /// This many events were skipped because the subscriber was too slow.
    Missed(u64),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(record) => record.fmt(f),
            Self::Invoice(event) => event.fmt(f),
            Self::Callback(attempted) => attempted.fmt(f),
            Self::Blocked(blocked) => blocked.fmt(f),
            Self::Clock(at) => {
                // Fractions of a second are for programs.
                let at = at
                    .split_once('.')
                    .map_or(at.as_str(), |(seconds, _)| seconds);
                write!(f, "clock moved to {}Z", at.trim_end_matches('Z'))
            }
            Self::WriteError(error) => error.fmt(f),
            Self::Reset => f.write_str("all data deleted; numbering restarts at 1"),
            Self::Missed(count) => write!(f, "{count} events skipped: this subscriber is too slow"),
        }
    }
}

/// A subscription to the events of a sandbox, in order.
///
/// As an iterator it blocks the thread until the next event (do not use it in async code), and ends when the sandbox
/// stops.
#[derive(Debug)]
pub struct ActivityStream(Receiver<Activity>);

impl ActivityStream {
    /// Waits for the next event; `None` when the sandbox has stopped.
    pub async fn recv(&mut self) -> Option<Activity> {
        self.0.recv().await
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Activity>> {
        self.0.poll_recv(context)
    }

    /// Returns the events that have not been read yet, without waiting.
    pub fn drain(&mut self) -> Vec<Activity> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

impl Iterator for ActivityStream {
    type Item = Activity;

    fn next(&mut self) -> Option<Activity> {
        self.0.blocking_recv()
    }
}

/// The subscribers to the sandbox's events.
#[derive(Default)]
pub(crate) struct Subscribers {
    all: Vec<Subscriber>,
    /// The events recorded while the clock is advanced.
    recorded: Option<Vec<Activity>>,
}

struct Subscriber {
    sender: Sender<Activity>,
    missed: u64,
}

impl Subscribers {
    /// How many events a subscriber may be behind.
    const PATIENCE: usize = 10_000;

    pub(crate) fn add(&mut self) -> ActivityStream {
        let (sender, receiver) = channel(Self::PATIENCE);
        self.all.push(Subscriber { sender, missed: 0 });
        ActivityStream(receiver)
    }

    /// Sends an event to all subscribers, and removes those that are gone.
    pub(crate) fn notify(&mut self, activity: &Activity) {
        self.all.retain_mut(|one| one.notify(activity));
        if let Some(recorded) = &mut self.recorded {
            recorded.push(activity.clone());
        }
    }

    pub(crate) fn record(&mut self) {
        self.recorded = Some(Vec::new());
    }

    pub(crate) fn recorded(&mut self) -> Vec<Activity> {
        self.recorded.take().unwrap_or_default()
    }
}

impl Subscriber {
    /// Returns false if the subscriber is gone.
    fn notify(&mut self, activity: &Activity) -> bool {
        // Keeps one slot free for the event that reports the skipped ones.
        let needed = if self.missed > 0 { 2 } else { 1 };
        if self.sender.capacity() < needed {
            self.missed += 1;
            return !self.sender.is_closed();
        }
        if self.missed > 0 {
            let missed = Activity::Missed(std::mem::take(&mut self.missed));
            let _ = self.sender.try_send(missed);
        }
        self.sender.try_send(activity.clone()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_skipped_events_to_a_slow_subscriber() {
        let mut subscribers = Subscribers::default();
        let mut slow = subscribers.add();
        let notify = |subscribers: &mut Subscribers, n: usize| {
            for at in 0..n {
                subscribers.notify(&Activity::Clock(format!(
                    "2025-01-01T00:00:{:02}.5Z",
                    at % 60
                )));
            }
        };
        notify(&mut subscribers, Subscribers::PATIENCE + 3);
        assert_eq!(slow.drain().len(), Subscribers::PATIENCE);
        notify(&mut subscribers, 1);
        let lines: Vec<_> = slow.drain().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "3 events skipped: this subscriber is too slow",
                "clock moved to 2025-01-01T00:00:00Z"
            ]
        );
        drop(slow);
        notify(&mut subscribers, 1);
        assert!(
            subscribers.all.is_empty(),
            "a subscriber that is gone is kept"
        );
    }
}
