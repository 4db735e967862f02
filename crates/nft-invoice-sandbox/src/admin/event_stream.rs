use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use hyper::body::Frame;
use serde_json::json;

use crate::admin::access::{TOKEN_REQUIRED, Visitor};
use crate::admin::problem::{Answer, Problem};
use crate::app::App;
use crate::http::{SlotHandle, typed};
use crate::store::{Activity, ActivityStream};

/// `GET /events`: streams events as server-sent events until the client disconnects or the sandbox stops. Requires the
/// token, because a stream keeps its slot as long as its reader likes.
pub(super) async fn listen(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(slot): Extension<SlotHandle>,
) -> Answer {
    if visitor != Visitor::Owner {
        return Err(Problem::unauthorized(TOKEN_REQUIRED));
    }
    if !slot.become_stream() {
        let message = "too many event streams; close one of them first";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, message));
    }
    let stream = EventStream {
        activities: app.store().subscribers.add(),
        greeted: false,
    };
    let body = Body::new(stream);
    let mut response = typed(StatusCode::OK, "text/event-stream; charset=utf-8", body);
    // The connection, and its slot, end with the stream.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    Ok(response)
}

/// The body of the event stream. A slow client receives an event with the number of skipped events.
struct EventStream {
    activities: ActivityStream,
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
            Some(": events from now on\n\n".to_owned())
        };
        Poll::Ready(text.map(|text| Ok(Frame::data(text.into()))))
    }
}

fn event(activity: &Activity) -> String {
    let (kind, data) = (activity.kind(), json!(activity));
    format!("event: {kind}\ndata: {data}\n\n")
}
