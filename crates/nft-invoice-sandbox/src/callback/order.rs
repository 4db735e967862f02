use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::assumption::Assumptions;

/// The order of callbacks that are due at the same time; the options of the assumption `callback-order`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackOrder {
    /// In the order of events. A callback waits until the earlier ones of its invoice are delivered or given up, so one that
    /// fails blocks them; see [`Delivery::waits_for`](crate::Delivery::waits_for).
    #[default]
    Fifo,
    /// In a random order, determined by the seed.
    Unordered,
    /// The newest first.
    Reverse,
}

/// An unknown callback order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected `fifo`, `unordered` or `reverse`")]
pub struct ParseCallbackOrderError;

impl CallbackOrder {
    /// The id of the assumption.
    pub(crate) const ASSUMPTION: &str = "callback-order";

    pub(crate) fn assumed(assumptions: &Assumptions) -> Self {
        let order = assumptions.get(Self::ASSUMPTION).parse();
        order.expect("the options are the orders")
    }

    /// Of callbacks that are due at the same time, the one with the smallest rank is sent first.
    pub(crate) const fn rank(self, id: u64, seed: u64) -> u64 {
        match self {
            Self::Fifo => id,
            Self::Reverse => u64::MAX - id,
            Self::Unordered => mix(seed ^ id),
        }
    }
}

impl fmt::Display for CallbackOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fifo => "fifo",
            Self::Unordered => "unordered",
            Self::Reverse => "reverse",
        })
    }
}

impl FromStr for CallbackOrder {
    type Err = ParseCallbackOrderError;

    fn from_str(text: &str) -> Result<Self, ParseCallbackOrderError> {
        let all = [Self::Fifo, Self::Unordered, Self::Reverse];
        let found = all.into_iter().find(|order| order.to_string() == text);
        found.ok_or(ParseCallbackOrderError)
    }
}

/// Splitmix64's finalizer, which maps nearby numbers far apart.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
