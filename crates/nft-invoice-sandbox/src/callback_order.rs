use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// In which order callbacks go out that are due together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackOrder {
    /// As things happened. Of one invoice, none goes out before the one before it is delivered or given up.
    #[default]
    Fifo,
    /// In any order, which the seed decides.
    Unordered,
    /// The newest first.
    Reverse,
}

/// A text that names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the order of callbacks is `fifo`, `unordered` or `reverse`")]
pub struct UnknownOrder;

impl CallbackOrder {
    /// Of callbacks that are due together, the one with the smallest goes out first.
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
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let all = [Self::Fifo, Self::Unordered, Self::Reverse];
        let found = all.into_iter().find(|order| order.to_string() == text);
        found.ok_or(UnknownOrder)
    }
}

/// Splitmix64's finalizer: every number to another, far from it.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
