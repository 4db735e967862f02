use std::fmt;

use crate::fault::FaultError;
use crate::fault::call_action::CallAction;
use crate::fault::cursor::Cursor;
use crate::fault::hook_action::HookAction;
use crate::fault::moment::Moment;
use crate::fault::scope::Scope;

/// An action of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Call(Moment, CallAction),
    Hook(HookAction),
}

impl Action {
    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: Scope) -> Result<Self, FaultError> {
        if scope == Scope::Callback {
            return HookAction::parse(cursor).map(Self::Hook);
        }
        let moment = Moment::parse(cursor).unwrap_or_default();
        let action = CallAction::parse(cursor, scope)?;
        // These change how a response is sent, so the call always runs.
        let moment = match action {
            CallAction::Truncate(_) | CallAction::Slow(_) => Moment::Before,
            _ => moment,
        };
        Ok(Self::Call(moment, action))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(moment, action) => write!(f, "{moment}{action}"),
            Self::Hook(action) => action.fmt(f),
        }
    }
}
