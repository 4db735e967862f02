use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::payment::reason::Reason;
use crate::payment::state::InvoiceState;

/// The result of a payment: the status, the failure reason, and a delayed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) to: InvoiceState,
    pub(crate) reason: Option<Reason>,
    pub(crate) later: Option<Later>,
}

/// A change of status that follows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Later {
    pub(crate) after: Duration,
    pub(crate) to: InvoiceState,
}

impl Charge {
    pub(crate) const fn to(state: InvoiceState) -> Self {
        Self {
            to: state,
            reason: None,
            later: None,
        }
    }

    pub(crate) const fn failed(reason: Reason) -> Self {
        Self {
            to: InvoiceState::Failed,
            reason: Some(reason),
            later: None,
        }
    }

    pub(crate) const fn then(mut self, after: Duration, state: InvoiceState) -> Self {
        self.later = Some(Later { after, to: state });
        self
    }
}
