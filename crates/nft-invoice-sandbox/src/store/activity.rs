use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::callback::{BlockedCallback, FinishedAttempt};
use crate::payment::InvoiceEvent;
use crate::store::database::WriteError;
use crate::store::requests::RequestRecord;

/// An event in a sandbox, without secrets.
///
/// `Display` writes one line for people. In JSON it is an object with its [kind](Self::kind) in `event`, its fields, and
/// that line in `text`, as in the admin API and in the output of the program. The README lists the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
// The derived functions leave out `text`.
#[serde(tag = "event", rename_all = "snake_case", remote = "Self")]
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
    /// The clock was moved.
    Clock {
        /// The new time.
        at: Timestamp,
    },
    /// A change failed because the database could not be written.
    #[serde(rename = "not_written")]
    WriteError(WriteError),
    /// All data was deleted; numbering restarts at 1.
    Reset,
    /// Events were skipped because the subscriber was too slow.
    Missed {
        /// How many.
        count: u64,
    },
}

impl Activity {
    /// Returns the kind of the event: `request`, `invoice`, `callback`, `blocked`, `clock`, `not_written`, `reset` or
    /// `missed`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Invoice(_) => "invoice",
            Self::Callback(_) => "callback",
            Self::Blocked(_) => "blocked",
            Self::Clock { .. } => "clock",
            Self::WriteError(_) => "not_written",
            Self::Reset => "reset",
            Self::Missed { .. } => "missed",
        }
    }

    /// Returns the time by the sandbox's clock; `None` if the event has none.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        Some(match self {
            Self::Request(record) => record.at,
            Self::Invoice(event) => event.at,
            Self::Callback(attempt) => attempt.at,
            Self::Blocked(blocked) => blocked.at,
            Self::Clock { at } => *at,
            Self::WriteError(_) | Self::Reset | Self::Missed { .. } => return None,
        })
    }

    /// Returns what the event is about, such as `invoice 3`, `callback 7` or `request`, for the first column of a list.
    pub fn subject(&self) -> impl fmt::Display {
        match self {
            Self::Invoice(event) => format!("invoice {}", event.invoice),
            Self::Callback(attempt) => format!("callback {}", attempt.delivery),
            Self::Blocked(blocked) => format!("callback {}", blocked.delivery),
            other => other.kind().to_owned(),
        }
    }

    /// Returns what happened, such as `FAILED (insufficient funds)`, for a list that shows the
    /// [subject](Self::subject) elsewhere.
    pub fn description(&self) -> impl fmt::Display {
        Description(self)
    }
}

struct Description<'a>(&'a Activity);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Activity::Request(record) => record.fmt(f),
            Activity::Invoice(event) => event.describe(f),
            Activity::Callback(attempt) => attempt.describe(f),
            Activity::Blocked(blocked) => blocked.describe(f),
            // Fractions of a second are for programs.
            Activity::Clock { at } => write!(f, "moved to {at:.0}"),
            Activity::WriteError(error) => error.fmt(f),
            Activity::Reset => f.write_str("all data deleted; numbering restarts at 1"),
            Activity::Missed { count } => {
                let events = if *count == 1 { "event" } else { "events" };
                write!(f, "{count} {events} skipped: this subscriber is too slow")
            }
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Invoice(_) | Self::Callback(_) | Self::Blocked(_) | Self::Clock { .. } = self {
            write!(f, "{} ", self.subject())?;
        }
        self.description().fmt(f)
    }
}

impl Serialize for Activity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithText<'a> {
            #[serde(flatten, with = "Activity")]
            activity: &'a Activity,
            #[serde(serialize_with = "as_text")]
            text: &'a Activity,
        }

        fn as_text<S: Serializer>(one: &Activity, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(one)
        }

        let (activity, text) = (self, self);
        WithText { activity, text }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Activity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A subscription to the events of a sandbox, in order.
///
/// As an iterator it blocks the thread until the next event (do not use it in async code), and ends when the sandbox
/// stops.
///
/// A subscriber that is more than 10,000 events behind misses the next ones, and gets [`Activity::Missed`] in their place.
#[derive(Debug)]
pub struct ActivityStream {
    events: Receiver<Activity>,
    /// How many events were skipped since the last one that was sent.
    missed: Arc<AtomicU64>,
}

impl ActivityStream {
    /// Waits for the next event; `None` when the sandbox has stopped.
    pub async fn recv(&mut self) -> Option<Activity> {
        match self.ready() {
            None => self.events.recv().await,
            ready => ready,
        }
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Activity>> {
        match self.ready() {
            None => self.events.poll_recv(context),
            ready => Poll::Ready(ready),
        }
    }

    /// Returns the events that have not been read yet, without waiting for others.
    pub fn try_iter(&mut self) -> impl Iterator<Item = Activity> {
        std::iter::from_fn(|| self.ready())
    }

    /// The next event if it is there already; behind the last one, the report of those that were skipped.
    fn ready(&mut self) -> Option<Activity> {
        self.events.try_recv().ok().or_else(|| missed(&self.missed))
    }
}

impl Iterator for ActivityStream {
    type Item = Activity;

    fn next(&mut self) -> Option<Activity> {
        match self.ready() {
            None => self.events.blocking_recv(),
            ready => ready,
        }
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
    missed: Arc<AtomicU64>,
}

impl Subscribers {
    /// How many events a subscriber may be behind.
    const PATIENCE: usize = 10_000;

    pub(crate) fn add(&mut self) -> ActivityStream {
        let (sender, events) = channel(Self::PATIENCE);
        let missed = Arc::<AtomicU64>::default();
        self.all.push(Subscriber {
            sender,
            missed: Arc::clone(&missed),
        });
        ActivityStream { events, missed }
    }

    /// Sends an event to all subscribers, and removes those that are gone. Without subscribers it is not made.
    pub(crate) fn notify(&mut self, activity: impl FnOnce() -> Activity) {
        if self.all.is_empty() && self.recorded.is_none() {
            return;
        }
        let activity = activity();
        self.all.retain_mut(|one| one.notify(&activity));
        if let Some(recorded) = &mut self.recorded {
            recorded.push(activity);
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
        let is_behind = self.missed.load(Relaxed) > 0;
        if self.sender.capacity() < if is_behind { 2 } else { 1 } {
            self.missed.fetch_add(1, Relaxed);
            return !self.sender.is_closed();
        }
        if let Some(missed) = missed(&self.missed) {
            let _ = self.sender.try_send(missed);
        }
        self.sender.try_send(activity.clone()).is_ok()
    }
}

/// The event that reports the skipped ones, if there are any. The subscriber and the sender may both ask: one gets it.
fn missed(count: &AtomicU64) -> Option<Activity> {
    let count = count.swap(0, Relaxed);
    (count > 0).then_some(Activity::Missed { count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_skipped_events_to_a_slow_subscriber() {
        let mut subscribers = Subscribers::default();
        let mut slow = subscribers.add();
        let notify = |subscribers: &mut Subscribers, n: usize| {
            for _ in 0..n {
                let at = "2025-01-01T00:00:00.5Z".parse().unwrap();
                subscribers.notify(|| Activity::Clock { at });
            }
        };
        let skipped = "3 events skipped: this subscriber is too slow";
        let moved = "clock moved to 2025-01-01T00:00:00Z";

        // It learns at once of what it has missed, even if nothing follows,
        notify(&mut subscribers, Subscribers::PATIENCE + 3);
        let lines: Vec<_> = slow.try_iter().map(|one| one.to_string()).collect();
        assert_eq!(lines.len(), Subscribers::PATIENCE + 1);
        assert_eq!(lines[Subscribers::PATIENCE - 1..], [moved, skipped]);
        assert_eq!(slow.try_iter().count(), 0, "it is told once");

        // and before what follows.
        notify(&mut subscribers, Subscribers::PATIENCE + 1);
        assert_eq!(slow.next().unwrap().to_string(), moved);
        assert_eq!(slow.next().unwrap().to_string(), moved);
        notify(&mut subscribers, 1);
        let lines: Vec<_> = slow.try_iter().map(|one| one.to_string()).collect();
        let last = ["1 event skipped: this subscriber is too slow", moved];
        assert_eq!(lines[lines.len() - 2..], last);

        notify(&mut subscribers, Subscribers::PATIENCE + 3);
        subscribers.all.clear();
        let lines: Vec<_> = slow.map(|one| one.to_string()).collect();
        assert_eq!(lines.last().unwrap(), skipped, "the sandbox has stopped");
    }

    #[test]
    fn forgets_a_subscriber_that_is_gone() {
        let mut subscribers = Subscribers::default();
        drop(subscribers.add());
        subscribers.notify(|| Activity::Reset);
        assert!(
            subscribers.all.is_empty(),
            "a subscriber that is gone is kept"
        );
    }
}
