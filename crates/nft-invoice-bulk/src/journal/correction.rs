use nft_invoice::Reference;

use crate::lifecycle::State;

/// What a row of the input that says which row it replaces asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Correction {
    /// The row itself is sent again.
    pub(super) retries: bool,
    /// The other row is replaced, unless the input contains it, too.
    pub(super) replaces: bool,
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
            _ if other_state != Some(State::Rejected) => Self::default(),
            None => Self {
                retries: false,
                replaces: true,
            },
            Some(state) if is_rejected(state) => Self {
                retries: true,
                replaces: own != other,
            },
            Some(_) => Self::default(),
        }
    }
}

/// Whether a row is or was rejected, so that an invalid row of which a note says so is this row.
pub(super) fn is_rejected(state: State) -> bool {
    matches!(state, State::Rejected | State::Replaced)
}

/// Rejected rows that an input of the same name had before and does not contain any more.
#[derive(Debug)]
pub(super) struct Gone<R> {
    /// Those that the gateway rejected.
    pub(super) rejected: Vec<R>,
    /// Invalid ones.
    pub(super) invalid: Vec<R>,
    /// How many other rows are gone.
    pub(super) others: u64,
}

impl<R> Gone<R> {
    /// Returns those that were corrected in the input: nothing else is gone, and each has a new row in its place.
    pub(super) fn corrected(self, new: &Places) -> Vec<R> {
        let Self {
            mut rejected,
            mut invalid,
            others,
        } = self;
        let have = |places: u64, rows: usize| others == 0 && rows as u64 <= places;
        if have(new.valid, rejected.len() + invalid.len()) {
            rejected.append(&mut invalid);
        } else if !have(new.valid + new.invalid, rejected.len()) {
            rejected.clear();
        }
        rejected
    }
}

/// How many rows of an input are new.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) valid: u64,
    pub(super) invalid: u64,
}

impl Places {
    /// Those whose place a note shows are not the places of others.
    pub(super) fn take(&mut self, noted: u64) {
        self.valid = self.valid.saturating_sub(noted);
    }
}
