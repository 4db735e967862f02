use std::fmt;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;

use crate::assumption::Assumptions;
use crate::fault::action::Action;
use crate::fault::call_action::{CallAction, Length};
use crate::fault::faults::Faults;
use crate::fault::moment::Moment;
use crate::fault::occasion::Occasion;
use crate::gateway::rejection::Refusal;
use crate::gateway::route::Route;
use crate::http::answer::typed;
use crate::http::wire::Shape;

/// The faults of one call. `Display` writes them as in a plan.
#[derive(Debug, Default)]
pub(crate) struct CallEffects {
    /// What happens instead of the call.
    pub(crate) before: Stage,
    /// What happens to the call's response.
    pub(crate) after: Stage,
    truncate: Option<Length>,
    slow: Option<u32>,
    text: String,
}

/// One side of the call.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(crate) delay: Duration,
    pub(crate) instead: Option<Instead>,
}

/// What the client gets instead of the response.
#[derive(Debug)]
pub(crate) enum Instead {
    Status(StatusCode, Option<u64>),
    Error(u32),
    BadJson,
    /// No HTTP response.
    Broken(Shape),
}

impl Faults {
    pub(crate) fn strike_call(&self, occasion: &Occasion, now: Timestamp) -> Option<CallEffects> {
        let actions = self.strike(occasion, now);
        (!actions.is_empty()).then(|| CallEffects::of(&actions))
    }
}

impl CallEffects {
    /// The first action of a kind applies; delays add up.
    fn of(actions: &[Action]) -> Self {
        let mut effects = Self::default();
        for action in actions {
            let Action::Call(moment, call) = action else {
                continue;
            };
            effects.text += if effects.text.is_empty() { "" } else { "+" };
            effects.text += &action.to_string();
            let stage = match moment {
                Moment::Before => &mut effects.before,
                Moment::After => &mut effects.after,
            };
            match call {
                CallAction::Delay { from, .. } => stage.delay += from.duration(),
                CallAction::Truncate(length) => {
                    effects.truncate.get_or_insert(*length);
                }
                CallAction::Slow(rate) => {
                    effects.slow.get_or_insert(*rate);
                }
                other => {
                    if let Some(instead) = Instead::of(other) {
                        stage.instead.get_or_insert(instead);
                    }
                }
            }
        }
        effects
    }

    /// How `response` is sent.
    pub(crate) fn shape(&self, response: &Response) -> Shape {
        let length = response.body().size_hint().exact().unwrap_or(0);
        let cut = self.truncate.map(|truncate| match truncate {
            Length::Bytes(bytes) => bytes,
            Length::Percent(percent) => length * percent / 100,
        });
        // A response that is not cut can keep its connection.
        Shape::new(cut.filter(|cut| *cut < length), self.slow)
    }
}

impl Instead {
    fn of(action: &CallAction) -> Option<Self> {
        Some(match action {
            CallAction::Status { code, retry_after } => Self::Status(
                StatusCode::from_u16(*code).ok()?,
                retry_after.map(|wait| wait.seconds()),
            ),
            CallAction::Error(code) => Self::Error(*code),
            CallAction::BadJson => Self::BadJson,
            CallAction::Reset => Self::Broken(Shape::Reset),
            CallAction::Empty => Self::Broken(Shape::EMPTY),
            CallAction::Hang => Self::Broken(Shape::Hang),
            CallAction::Garbage => Self::Broken(Shape::GARBAGE),
            // Applied elsewhere, or not a response.
            CallAction::Limit { .. }
            | CallAction::Delay { .. }
            | CallAction::Truncate(_)
            | CallAction::Slow(_) => return None,
        })
    }

    /// The response, or how the connection ends without one.
    pub(crate) fn response(
        self,
        assumptions: &Assumptions,
        route: Route,
    ) -> Result<Response, Shape> {
        match self {
            Self::Status(status, retry_after) => {
                let text = status.canonical_reason().unwrap_or("Error");
                let mut response = match status {
                    StatusCode::NO_CONTENT
                    | StatusCode::RESET_CONTENT
                    | StatusCode::NOT_MODIFIED => typed(status, "text/plain", Body::empty()),
                    _ => Refusal::http(status, text).response(assumptions),
                };
                if let Some(seconds) = retry_after {
                    response
                        .headers_mut()
                        .insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                Ok(response)
            }
            Self::Error(code) => Ok(Refusal::any_code(route, code).response(assumptions)),
            Self::BadJson => {
                let body = Body::from(r#"{"errorCode":0,"#);
                Ok(typed(StatusCode::OK, "application/json", body))
            }
            Self::Broken(shape) => Err(shape),
        }
    }
}

impl fmt::Display for CallEffects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
