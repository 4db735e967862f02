use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::event::Event;
use crate::journal::RequestRecord;

/// Something that happened in a sandbox. `Display` is one line for people, without anything secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Activity {
    /// A request was answered.
    Request(RequestRecord),
    /// An invoice changed.
    Invoice(Event),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(record) => record.fmt(f),
            Self::Invoice(event) => event.fmt(f),
        }
    }
}

/// Those who want to hear of it.
#[derive(Default)]
pub(crate) struct Subscribers(Vec<Sender<Activity>>);

impl Subscribers {
    pub(crate) fn add(&mut self) -> Receiver<Activity> {
        let (sender, receiver) = channel();
        self.0.push(sender);
        receiver
    }

    /// Tells everybody, and forgets those who are gone.
    pub(crate) fn tell(&mut self, activity: &Activity) {
        self.0.retain(|one| one.send(activity.clone()).is_ok());
    }
}
