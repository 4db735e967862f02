use super::Sighting;

/// What can happen to a row.
///
/// `O` names an owner: a worker of a process. Two processes, and two runs of a process, never share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event<O> {
    /// An owner takes the row to send it. This begins a new epoch.
    Claimed {
        /// Who sends it.
        owner: O,
    },
    /// The request of `epoch` ended.
    Ended {
        /// The epoch.
        epoch: u32,
        /// Who claimed it.
        owner: O,
        /// How it ended.
        outcome: Outcome,
    },
    /// The owner of `epoch` is gone, or its lease has expired.
    Abandoned {
        /// The epoch.
        epoch: u32,
    },
    /// Infos show an invoice with the row's reference.
    Found(Sighting),
    /// The same, with a journal that was restored from a copy: later outcomes are missing in it, perhaps.
    FoundInCopy(Sighting),
    /// A complete search has not found an invoice with the row's reference. That is weak evidence, and changes nothing.
    Searched,
    /// The row is put aside.
    Parked,
    /// A new run begins: a parked row is sent again.
    Unparked,
    /// A new run or a reconciliation sends a hosted row again whose outcome is unknown.
    Reopened,
    /// The link leaves the process.
    Released,
    /// A person has made sure that an S2S row was not charged: it is sent again.
    NotCharged,
    /// A person has decided about the row.
    Resolved,
    /// A corrected row takes the place of one that was rejected.
    Replaced,
    /// A person sends a row again that the gateway rejected.
    Retried,
}

impl<O> Event<O> {
    /// Returns its name, such as `claimed` or `ended_unknown`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::Ended { outcome, .. } => match outcome {
                Outcome::NotSent => "ended_not_sent",
                Outcome::Created => "ended_created",
                Outcome::Rejected => "ended_rejected",
                Outcome::AccountRejected => "ended_account_rejected",
                Outcome::Unknown => "ended_unknown",
            },
            Self::Abandoned { .. } => "abandoned",
            Self::Found(_) => "found",
            Self::FoundInCopy(_) => "found_in_copy",
            Self::Searched => "searched",
            Self::Parked => "parked",
            Self::Unparked => "unparked",
            Self::Reopened => "reopened",
            Self::Released => "released",
            Self::NotCharged => "not_charged",
            Self::Resolved => "resolved",
            Self::Replaced => "replaced",
            Self::Retried => "retried",
        }
    }
}

/// How a request ended, as its sender saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The send gate proves that nothing was sent.
    NotSent,
    /// A complete response with the error code 0.
    Created,
    /// A complete response with an error code that is documented for this row's data.
    Rejected,
    /// A complete response with an error code about the account, which every other row would get, too.
    AccountRejected,
    /// Everything else.
    Unknown,
}

/// Why an event did not change a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// It belongs to an earlier epoch, or to another owner.
    #[error("the event belongs to an earlier epoch or to another owner")]
    Stale,
    /// The row's state does not permit it.
    #[error("the row's state does not permit it")]
    NotPermitted,
}
