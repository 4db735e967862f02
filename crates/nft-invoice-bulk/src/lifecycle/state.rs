use std::fmt;
use std::str::FromStr;

/// The state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Valid, and not on its way.
    Prepared,
    /// Claimed by a sender. Its request may have been sent.
    InFlight,
    /// The gateway has created the invoice. Created is not paid.
    Accepted,
    /// The row is invalid, or the gateway rejected it. No invoice was created.
    Rejected,
    /// Sent, perhaps, and without a response that can be understood.
    Unknown,
    /// A person has decided about it.
    Resolved,
    /// Put aside until the next run, because sending it failed too often.
    Parked,
    /// The customer can be charged twice. Needs a person.
    Duplicate,
    /// It was rejected, and a corrected row has taken its place. It is kept as a record, and is not counted.
    Replaced,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Prepared,
        Self::InFlight,
        Self::Accepted,
        Self::Rejected,
        Self::Unknown,
        Self::Resolved,
        Self::Parked,
        Self::Duplicate,
        Self::Replaced,
    ];

    /// Returns its name, such as `in_flight`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::InFlight => "in_flight",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Resolved => "resolved",
            Self::Parked => "parked",
            Self::Duplicate => "duplicate",
            Self::Replaced => "replaced",
        }
    }

    /// Returns whether nothing more is sent for the row by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::Rejected | Self::Resolved | Self::Duplicate | Self::Replaced
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no state with this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no state with this name")]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(name: &str) -> Result<Self, UnknownState> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == name).ok_or(UnknownState)
    }
}
