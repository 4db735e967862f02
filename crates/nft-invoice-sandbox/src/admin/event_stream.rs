use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use hyper::body::Frame;
use serde_json::{Value, json};

use super::{Answer, request};
use crate::activity::{Activities, Activity};
use crate::answer::typed;
use crate::app::App;

/// `GET /events`: what happens from now on, as server-sent events, until the client goes or the sandbox stops.
pub(super) async fn listen(State(app): State<Arc<App>>) -> Answer {
    let stream = EventStream {
        activities: app.store().subscribe(),
        greeted: false,
    };
    let body = Body::new(stream);
    Ok(typed(
        StatusCode::OK,
        "text/event-stream; charset=utf-8",
        body,
    ))
}

/// The body of such an answer. A listener who is too slow is told how much is missing.
struct EventStream {
    activities: Activities,
    greeted: bool,
}

impl hyper::body::Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let text = if self.greeted {
            ready!(self.activities.poll(context)).map(|activity| event(&activity))
        } else {
            self.greeted = true;
            Some(": what happens from now on\n\n".to_owned())
        };
        Poll::Ready(text.map(|text| Ok(Frame::data(text.into()))))
    }
}

fn event(activity: &Activity) -> String {
    let (name, mut data) = match activity {
        Activity::Request(record) => ("request", request::request(record)),
        Activity::Invoice(event) => {
            let state = event.state().to_string();
            (
                "invoice",
                json!({ "invoice": event.invoice(), "state": state, "at": event.at() }),
            )
        }
        Activity::Callback(attempted) => (
            "callback",
            json!({
                "at": attempted.at(),
                "delivery": attempted.delivery(),
                "invoice": attempted.invoice(),
                "status": attempted.event().wire(),
                "result": attempted.result().to_string(),
            }),
        ),
        Activity::Clock(now) => ("clock", json!({ "at": now, "now": now })),
        Activity::Reset => ("reset", json!({})),
        Activity::NotWritten(_) => ("not_written", json!({})),
        Activity::Missed(count) => ("missed", json!({ "count": count })),
    };
    data["text"] = Value::String(activity.to_string());
    format!("event: {name}\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_too_slow_hears_how_much_is_missing() {
        let expected =
            "event: missed\ndata: {\"count\":3,\"text\":\"3 lines are missing here\"}\n\n";
        assert_eq!(event(&Activity::Missed(3)), expected);
    }

    #[test]
    fn an_event_is_one_line_whatever_it_tells() {
        let told = event(&Activity::Clock("a\nb".to_owned()));
        assert_eq!(told.lines().count(), 3, "{told}");
    }
}
