use std::io;

use nft_invoice::Reference;

use super::JournalError;
use crate::lifecycle::State;

/// What a row of the input that says which row it replaces asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Correction {
    /// The row itself is sent again.
    pub(super) retries: bool,
    /// The other row is replaced, unless the input contains it, too.
    pub(super) replaces: bool,
    /// The row is new, and the other one is neither rejected nor replaced before.
    pub(super) misses: bool,
}

impl Correction {
    /// Compares the row `own`, which is in `state` if the journal had it before, with the row `other` whose place it is
    /// to take, which was in `other_state` before the input was loaded.
    ///
    /// A place is taken once, by a row that is sent now. The same input later, or an older one, changes nothing; and no
    /// row disappears because another one, which was sent before, has the same content.
    pub(super) fn new(
        own: &Reference,
        state: Option<State>,
        other: &Reference,
        other_state: Option<State>,
    ) -> Self {
        match state {
            _ if other_state != Some(State::Rejected) => Self {
                misses: state.is_none() && !other_state.is_some_and(is_rejected),
                ..Self::default()
            },
            None => Self {
                replaces: true,
                ..Self::default()
            },
            Some(state) if is_rejected(state) => Self {
                retries: true,
                replaces: own != other,
                misses: false,
            },
            Some(_) => Self::default(),
        }
    }
}

/// The error of a new row that names another one to replace.
pub(super) fn misnamed(line: u64) -> JournalError {
    let reason = format!(
        "the note #replaces of line {line} names no rejected row of this journal. Remove the note if the row is a new one"
    );
    JournalError::Input(io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// Whether a row is or was rejected, so that an invalid row of which a note says so is this row.
pub(super) fn is_rejected(state: State) -> bool {
    matches!(state, State::Rejected | State::Replaced)
}
