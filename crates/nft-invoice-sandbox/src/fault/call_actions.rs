use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use rand_chacha::rand_core::Rng;

use crate::assumption::Assumptions;
use crate::fault::FaultError;
use crate::fault::cursor::{Cursor, LARGEST_BODY, Read};
use crate::gateway::{Answer, Rejection, Route};
use crate::http::{Shape, typed};
use crate::text::Span;

/// The actions on calls, in the order in which errors list them.
const ACTIONS: &[(&str, Read<Fault>)] = &[
    ("delay", |cursor| {
        cursor.argument(|cursor| {
            let from = cursor.span()?;
            let to = cursor.end(from, |cursor| {
                let expected = format!("a duration of {from} or more");
                cursor.span_that(|to| to >= from, expected)
            })?;
            Ok(Fault::Delay(from, to))
        })
    }),
    ("status", |cursor| {
        cursor.argument(|cursor| {
            let code = cursor.number(200..=599)? as u16;
            let code = StatusCode::from_u16(code).expect("a status from 200 to 599");
            if !cursor.eat(",") {
                return Ok(Fault::Instead(Instead::Status(code, None)));
            }
            cursor.expect("retry-after")?;
            cursor.expect("=")?;
            let retry_after = Some(cursor.span()?);
            Ok(Fault::Instead(Instead::Status(code, retry_after)))
        })
    }),
    ("error", |cursor| {
        let code = cursor.argument(|cursor| cursor.number(1..=99_999))?;
        Ok(Fault::Instead(Instead::Error(code)))
    }),
    ("reset", |_| Ok(broken(|| Shape::Reset))),
    ("empty", |_| Ok(broken(|| Shape::EMPTY))),
    ("hang", |_| Ok(broken(|| Shape::Hang))),
    ("truncate", |cursor| {
        cursor.argument(|cursor| {
            let start = cursor.next();
            match (cursor.number(0..=LARGEST_BODY)?, cursor.eat("%")) {
                (bytes, false) => Ok(Fault::Truncate(Length::Bytes(bytes))),
                (percent @ 0..=100, true) => Ok(Fault::Truncate(Length::Percent(percent))),
                (_, true) => Err(cursor.error_at(start, "a percentage from 0 to 100")),
            }
        })
    }),
    ("garbage", |_| Ok(broken(|| Shape::GARBAGE))),
    ("badjson", |_| Ok(Fault::Instead(Instead::BadJson))),
    ("slow", |cursor| {
        cursor.argument(|cursor| {
            let rate = cursor.number(1..=LARGEST_BODY)?;
            cursor.expect("/")?;
            cursor.expect("s")?;
            Ok(Fault::Slow(rate))
        })
    }),
    ("limit", |cursor| {
        cursor.argument(|cursor| {
            let most = cursor.number(1..=10_000)?;
            cursor.expect("/")?;
            let window =
                cursor.span_that(|span| span > Span::default(), "a duration above zero")?;
            Ok(Fault::Limit(most, window))
        })
    }),
];

/// An action on calls as it is written in a plan.
#[derive(Clone)]
pub(super) struct CallAction {
    /// Whether it applies after the call's state change, which is committed then. Otherwise a fault with a response prevents the
    /// change.
    after: bool,
    text: String,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    /// At least and at most.
    Delay(Span, Span),
    Instead(Instead),
    Truncate(Length),
    /// Bytes a second.
    Slow(u32),
    /// At most this many calls in this time.
    Limit(u32, Span),
}

/// What the client gets instead of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// With `Retry-After`.
    Status(StatusCode, Option<Span>),
    Error(u32),
    BadJson,
    /// No HTTP response.
    Broken(fn() -> Shape),
}

/// How much of a body is sent.
#[derive(Clone, Copy, Debug)]
enum Length {
    Bytes(u32),
    Percent(u32),
}

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

impl CallAction {
    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: &str) -> Result<Self, FaultError> {
        let after = !cursor.skip("before.") && cursor.skip("after.");
        let start = cursor.canonical().len();
        let kind = format!("an action of {scope}, optionally with the prefix `after.`");
        let (_, read) = cursor.choose(&kind, ACTIONS)?;
        let fault = read(cursor)?;
        // These change how a response is sent, so the call always runs.
        let after = after && !matches!(fault, Fault::Truncate(_) | Fault::Slow(_));
        cursor.canonical().insert_str(start, prefix(after));
        Ok(Self {
            after,
            text: cursor.canonical()[start..].to_owned(),
            fault,
        })
    }
}

impl CallEffects {
    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds an action with every random choice made: a delay has one length, and an exceeded limit becomes a status. The
    /// first action of a kind applies; delays add up. Returns `None` for a limit that is not exceeded.
    pub(super) fn add(
        &mut self,
        action: &CallAction,
        passed: &mut VecDeque<Span>,
        since: Span,
        random: &mut impl Rng,
    ) -> Option<()> {
        let (mut fault, mut text) = (action.fault, action.text.clone());
        match fault {
            Fault::Delay(from, to) if from < to => {
                let (from, to) = (from.milliseconds(), to.milliseconds());
                let width = u128::from(to - from + 1);
                let drawn = (u128::from(random.next_u64()) * width) >> 64;
                let time = Span::from_milliseconds(from + drawn as u64);
                text = format!("{}delay({time})", prefix(action.after));
                fault = Fault::Delay(time, time);
            }
            Fault::Limit(most, window) => {
                let wait = over(passed, most as usize, window, since)?;
                text = format!("{}status(429,retry-after={wait})", prefix(action.after));
                let status = Instead::Status(StatusCode::TOO_MANY_REQUESTS, Some(wait));
                fault = Fault::Instead(status);
            }
            _ => {}
        }
        self.text += if self.text.is_empty() { "" } else { "+" };
        self.text += &text;
        let stage = match action.after {
            true => &mut self.after,
            false => &mut self.before,
        };
        match fault {
            Fault::Delay(time, _) => stage.delay += time.duration(),
            Fault::Instead(instead) => {
                stage.instead.get_or_insert(instead);
            }
            Fault::Truncate(length) => {
                self.truncate.get_or_insert(length);
            }
            Fault::Slow(rate) => {
                self.slow.get_or_insert(rate);
            }
            Fault::Limit(..) => {}
        }
        Some(())
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

impl Instead {
    /// The answer, or how the connection ends without one.
    pub(crate) fn answer(self, assumptions: &Assumptions, route: Route) -> Result<Answer, Shape> {
        match self {
            Self::Status(code, retry_after) => {
                let text = code.canonical_reason().unwrap_or("Error");
                let mut answer = match code {
                    StatusCode::NO_CONTENT
                    | StatusCode::RESET_CONTENT
                    | StatusCode::NOT_MODIFIED => typed(code, "text/plain", Body::empty()).into(),
                    _ => Rejection::http(code, text).answer(assumptions),
                };
                if let Some(wait) = retry_after {
                    let seconds = HeaderValue::from(wait.seconds());
                    answer.response.headers_mut().insert(RETRY_AFTER, seconds);
                }
                Ok(answer)
            }
            Self::Error(code) => Ok(Rejection::any_code(route, code).answer(assumptions)),
            Self::BadJson => {
                let body = Body::from(r#"{"errorCode":0,"#);
                Ok(typed(StatusCode::OK, "application/json", body).into())
            }
            Self::Broken(shape) => Err(shape()),
        }
    }
}

impl fmt::Display for CallEffects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const fn broken(shape: fn() -> Shape) -> Fault {
    Fault::Instead(Instead::Broken(shape))
}

const fn prefix(after: bool) -> &'static str {
    if after { "after." } else { "" }
}

/// The time until the next call may pass, or `None` if this one may. `passed`: when calls last passed.
fn over(passed: &mut VecDeque<Span>, most: usize, within: Span, now: Span) -> Option<Span> {
    let left =
        |at: &Span| (at.milliseconds() + within.milliseconds()).saturating_sub(now.milliseconds());
    while passed.front().is_some_and(|at| left(at) == 0) {
        passed.pop_front();
    }
    if passed.len() < most {
        passed.push_back(now);
        return None;
    }
    passed.front().map(left).map(Span::from_milliseconds)
}
