use std::fmt;

use crate::fault::FaultError;
use crate::fault::call_action::CallAction;
use crate::fault::callback_action::CallbackAction;
use crate::fault::cursor::Cursor;
use crate::fault::scope::Scope;
use crate::fault::words::Words;

/// An action of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Call(Moment, CallAction),
    Callback(CallbackAction),
}

/// Whether an action applies before or after the call's state change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A fault with a response prevents the change.
    Before,
    /// The change is committed, whatever happens to the response.
    After,
}

impl Action {
    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: Scope) -> Result<Self, FaultError> {
        let kind = format!("an action of {scope}");
        if scope == Scope::Callback {
            return CallbackAction::parse(cursor, &kind).map(Self::Callback);
        }
        let after = !cursor.eat("before.") && cursor.eat("after.");
        let kind = format!("{kind}, optionally with the prefix `after.`");
        let action = CallAction::parse(cursor, &kind)?;
        let moment = match action {
            // These change how a response is sent, so the call always runs.
            CallAction::Truncate { .. } | CallAction::Slow { .. } => Moment::Before,
            _ if after => Moment::After,
            _ => Moment::Before,
        };
        Ok(Self::Call(moment, action))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(Moment::Before, action) => action.fmt(f),
            Self::Call(Moment::After, action) => write!(f, "after.{action}"),
            Self::Callback(action) => action.fmt(f),
        }
    }
}
