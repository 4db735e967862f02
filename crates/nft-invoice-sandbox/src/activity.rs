use std::fmt;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::delivery::Attempted;
use crate::event::Event;
use crate::journal::RequestRecord;
use crate::log::NotWritten;

/// Something that happened in a sandbox. `Display` is one line for people, without anything secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Activity {
    /// A request was answered.
    Request(RequestRecord),
    /// An invoice changed.
    Invoice(Event),
    /// An attempt to hand a callback over has ended.
    Callback(Attempted),
    /// The clock was moved to this instant.
    Clock(String),
    /// Something did not happen, because it could not be written to the database.
    NotWritten(NotWritten),
    /// Everything that happened before was forgotten; numbers begin at 1.
    Reset,
    /// So many that happened in between were not heard: the listener was too slow.
    Missed(u64),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(record) => record.fmt(f),
            Self::Invoice(event) => event.fmt(f),
            Self::Callback(attempted) => attempted.fmt(f),
            Self::Clock(at) => write!(f, "the clock stands at {at}"),
            Self::NotWritten(error) => error.fmt(f),
            Self::Reset => f.write_str("all is forgotten, numbers begin at 1"),
            Self::Missed(count) => write!(f, "{count} lines are missing here"),
        }
    }
}

/// What happens from a subscription on, in order. As an iterator it waits in the thread (not in async code), and
/// ends when the sandbox stops.
#[derive(Debug)]
pub struct Activities(Receiver<Activity>);

impl Activities {
    /// The next; `None` when the sandbox has stopped.
    pub async fn recv(&mut self) -> Option<Activity> {
        self.0.recv().await
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Activity>> {
        self.0.poll_recv(context)
    }

    /// Everything that has happened by now and was not read yet.
    pub fn drain(&mut self) -> Vec<Activity> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

impl Iterator for Activities {
    type Item = Activity;

    fn next(&mut self) -> Option<Activity> {
        self.0.blocking_recv()
    }
}

/// Those who want to hear of it.
#[derive(Default)]
pub(crate) struct Subscribers {
    all: Vec<Subscriber>,
    /// Keeps all that happens while the clock is moved.
    recorded: Option<Vec<Activity>>,
}

struct Subscriber {
    sender: Sender<Activity>,
    missed: u64,
}

impl Subscribers {
    /// How far a listener may be behind.
    const PATIENCE: usize = 10_000;

    pub(crate) fn add(&mut self) -> Activities {
        let (sender, receiver) = channel(Self::PATIENCE);
        self.all.push(Subscriber { sender, missed: 0 });
        Activities(receiver)
    }

    /// Tells everybody, and forgets those who are gone.
    pub(crate) fn tell(&mut self, activity: &Activity) {
        self.all.retain_mut(|one| one.tell(activity));
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
    /// False when it is gone.
    fn tell(&mut self, activity: &Activity) -> bool {
        // The one place that is left may be needed to say what is missing.
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
    fn who_is_too_slow_hears_how_much_was_missed() {
        let mut subscribers = Subscribers::default();
        let mut slow = subscribers.add();
        let tell = |subscribers: &mut Subscribers, n: usize| {
            for at in 0..n {
                subscribers.tell(&Activity::Clock(at.to_string()));
            }
        };
        tell(&mut subscribers, Subscribers::PATIENCE + 3);
        assert_eq!(slow.drain().len(), Subscribers::PATIENCE);
        tell(&mut subscribers, 1);
        let said: Vec<_> = slow.drain().iter().map(ToString::to_string).collect();
        assert_eq!(said, ["3 lines are missing here", "the clock stands at 0"]);
        drop(slow);
        tell(&mut subscribers, 1);
        assert!(subscribers.all.is_empty(), "one who is gone is kept");
    }
}
