use std::fmt;

use crate::fault::cursor::Cursor;

/// On which side of the call's state change an action strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before: a fault that answers leaves nothing done.
    #[default]
    Before,
    /// After: what was done stays done, whatever becomes of the answer.
    After,
}

impl Moment {
    /// `None` when there is none, which means before.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        let moment = if cursor.eat("before.") {
            Self::Before
        } else if cursor.eat("after.") {
            Self::After
        } else {
            return None;
        };
        Some(moment)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "",
            Self::After => "after.",
        })
    }
}
