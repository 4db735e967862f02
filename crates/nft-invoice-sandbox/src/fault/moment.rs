use std::fmt;

use crate::fault::cursor::Cursor;

/// Whether an action applies before or after the call's state change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before: a fault with a response prevents the change.
    #[default]
    Before,
    /// After: the change is committed, whatever happens to the response.
    After,
}

impl Moment {
    /// `None` if there is no prefix, which means before.
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
