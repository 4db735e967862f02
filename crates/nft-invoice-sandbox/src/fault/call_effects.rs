use std::fmt;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;

use crate::assumption::Assumptions;
use crate::fault::action::{Action, Moment};
use crate::fault::argument::Span;
use crate::fault::call_action::{CallAction, Length};
use crate::fault::faults::Faults;
use crate::fault::occasion::Occasion;
use crate::gateway::rejection::Rejection;
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
                CallAction::Delay { time } => stage.delay += time.from.duration(),
                CallAction::Status { code, retry_after } => stage.answer(Instead::Status(
                    StatusCode::from_u16(code.0 as u16).expect("a status from 200 to 599"),
                    retry_after.map(Span::seconds),
                )),
                CallAction::Error { code } => stage.answer(Instead::Error(code.0)),
                CallAction::Reset => stage.answer(Instead::Broken(Shape::Reset)),
                CallAction::Empty => stage.answer(Instead::Broken(Shape::EMPTY)),
                CallAction::Hang => stage.answer(Instead::Broken(Shape::Hang)),
                CallAction::Truncate { length } => {
                    effects.truncate.get_or_insert(*length);
                }
                CallAction::Garbage => stage.answer(Instead::Broken(Shape::GARBAGE)),
                CallAction::BadJson => stage.answer(Instead::BadJson),
                CallAction::Slow { rate } => {
                    effects.slow.get_or_insert(rate.0);
                }
                // The rule turned an exceeded limit into a status.
                CallAction::Limit { .. } => {}
            }
        }
        effects
    }

    /// How `response` is sent.
    pub(crate) fn shape(&self, response: &Response) -> Shape {
        let length = response.body().size_hint().exact().unwrap_or(0);
        let cut = self.truncate.map(|truncate| match truncate {
            Length::Bytes(bytes) => u64::from(bytes),
            Length::Percent(percent) => length * u64::from(percent) / 100,
        });
        // A response that is not cut can keep its connection.
        Shape::new(cut.filter(|cut| *cut < length), self.slow)
    }
}

impl Stage {
    fn answer(&mut self, instead: Instead) {
        self.instead.get_or_insert(instead);
    }
}

impl Instead {
    /// The response, or how the connection ends without one.
    pub(crate) fn response(
        self,
        assumptions: &Assumptions,
        route: Route,
    ) -> Result<Response, Shape> {
        match self {
            Self::Status(code, retry_after) => {
                let text = code.canonical_reason().unwrap_or("Error");
                let mut response = match code {
                    StatusCode::NO_CONTENT
                    | StatusCode::RESET_CONTENT
                    | StatusCode::NOT_MODIFIED => typed(code, "text/plain", Body::empty()),
                    _ => Rejection::http(code, text).response(assumptions),
                };
                if let Some(seconds) = retry_after {
                    let seconds = HeaderValue::from(seconds);
                    response.headers_mut().insert(RETRY_AFTER, seconds);
                }
                Ok(response)
            }
            Self::Error(code) => Ok(Rejection::any_code(route, code).response(assumptions)),
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
