use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use axum::{BoxError, Router};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Incoming};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::admin::access;
use crate::app::{App, BaseUrl};
use crate::calls::Call;
use crate::fault::CallEffects;
use crate::gateway::{Answer, Rejection, Route};
use crate::http::{Hosts, Peer, Shape, SlotHandle, UNKNOWN_HOST, WireControl};
use crate::server::fault_occasion::occasion;
use crate::server::routes;
use crate::store::RequestRecord;

const BODY_LIMIT: usize = 1024 * 1024;
/// The limit for reading the headers, and for reading the body. It protects the process, so it is real time.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Handles the requests of one connection.
pub(crate) struct Exchange {
    pub(crate) app: Arc<App>,
    pub(crate) pages: Router,
    pub(crate) control: Router,
    pub(crate) peer: Peer,
    pub(crate) slot: SlotHandle,
    pub(crate) wire: WireControl,
    /// The connection's last `Host` header that was allowed, and the base URL for it: clients repeat their header, and to
    /// check it takes a tenth of a create.
    pub(crate) last_host: Mutex<Option<(HeaderValue, BaseUrl)>>,
}

impl Exchange {
    /// Handles one request, once it has been read completely.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response {
        // Resets the shape of the previous response on this connection. It has been sent by now, except to clients
        // that pipeline requests.
        self.wire.set(Shape::Whole);
        let (mut parts, body) = request.into_parts();
        let body = read(body).await;
        // Control requests are not journaled, and faults do not affect them.
        if access::owns(&parts) {
            return match body {
                Ok(body) => {
                    parts.extensions.insert(self.slot.clone());
                    let request = Request::from_parts(parts, Body::from(body));
                    let Ok(response) = self.control.clone().oneshot(request).await;
                    response
                }
                Err(rejection) => rejection.answer(&self.app.assumptions).response,
            };
        }
        let mut asked = Asked::of(&self.app, &parts);
        let base_url = self.base_url(&parts);
        let base_url = base_url.ok_or_else(|| Rejection::http(StatusCode::FORBIDDEN, UNKNOWN_HOST));
        let answer = match body.and_then(|body| Ok((body, base_url?))) {
            Ok((body, base_url)) => {
                if let Some(effects) = self.strike(&asked, &parts, &body) {
                    // A gateway completes a request even if the client disconnects.
                    let struck = self.answer_struck(effects, asked, base_url, parts, body);
                    return tokio::spawn(struck)
                        .await
                        .unwrap_or_else(|error| resume_unwind(error.into_panic()));
                }
                self.call(&mut asked, base_url, parts, body).await
            }
            Err(rejection) => rejection.answer(&self.app.assumptions),
        };
        self.record(asked, Some(&answer), None);
        answer.response
    }

    /// The base URL for a request, if its host is allowed.
    fn base_url(&self, parts: &Parts) -> Option<BaseUrl> {
        let header = Hosts::header(parts);
        let mut last = self
            .last_host
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((known, base_url)) = &*last
            && header == Some(known)
        {
            return Some(base_url.clone());
        }
        let hosts = &self.app.hosts;
        let base_url = BaseUrl::new(hosts.public(&hosts.address(parts)?));
        *last = header.map(|header| (header.clone(), base_url.clone()));
        Some(base_url)
    }

    fn strike(&self, asked: &Asked, parts: &Parts, body: &Bytes) -> Option<CallEffects> {
        let app = &self.app;
        if app.faults.is_empty() {
            return None;
        }
        let occasion = occasion(app, asked.route, asked.invoice, parts, body)?;
        app.faults.strike_call(&occasion, asked.at)
    }

    /// The state is committed before the faults are applied to the response.
    async fn answer_struck(
        self: Arc<Self>,
        mut effects: CallEffects,
        mut asked: Asked,
        base_url: BaseUrl,
        parts: Parts,
        body: Bytes,
    ) -> Response {
        let route = asked.route;
        sleep(effects.before.delay).await;
        asked.at = self.app.now();
        let mut answer = match effects.before.instead.take() {
            Some(instead) => instead.answer(&self.app.assumptions, route),
            None => Ok(self.call(&mut asked, base_url, parts, body).await),
        };
        sleep(effects.after.delay).await;
        asked.at = self.app.now();
        if let Some(instead) = effects.after.instead.take() {
            answer = instead.answer(&self.app.assumptions, route);
        }
        if let Err(Shape::Hang) = answer
            && !self.slot.become_hanging()
        {
            answer = Err(Shape::Reset);
        }
        self.record(asked, answer.as_ref().ok(), Some(&effects));
        match answer {
            Ok(Answer { response, .. }) => {
                self.wire.set(effects.shape(&response));
                response
            }
            Err(broken) => {
                self.wire.set(broken);
                // A placeholder, which the wire never writes.
                Response::default()
            }
        }
    }

    async fn call(
        &self,
        asked: &mut Asked,
        base_url: BaseUrl,
        mut parts: Parts,
        body: Bytes,
    ) -> Answer {
        let call = Call {
            app: &self.app,
            now: asked.at,
            route: asked.route,
            peer: self.peer.behind(&self.app.proxies, &parts.headers),
            base_url: &base_url,
            parts: &parts,
            body: &body,
        };
        if let Some(answer) = call.answer() {
            asked.invoice = asked.invoice.or(answer.invoice);
            return answer;
        }
        parts.extensions.insert(base_url);
        let request = Request::from_parts(parts, Body::from(body));
        let Ok(response) = self.pages.clone().oneshot(request).await;
        asked.at = self.app.now();
        response.into()
    }

    /// Adds the request to the journal, with its response, which may be none, and the faults.
    fn record(&self, asked: Asked, answer: Option<&Answer>, fault: Option<&CallEffects>) {
        self.app.store().record_request(RequestRecord {
            at: asked.at,
            method: asked.method,
            route: asked.route,
            invoice: asked.invoice,
            reference: None,
            http_status: answer.map(|answer| answer.response.status().as_u16()),
            error_code: answer.and_then(|answer| answer.error_code),
            body_error: answer.and_then(|answer| answer.body_error.map(Into::into)),
            fault: fault.map(ToString::to_string),
        });
    }
}

/// What a request asks for, as the journal records it.
struct Asked {
    /// The time when it is answered, as far as is known.
    at: Timestamp,
    method: Cow<'static, str>,
    route: Route,
    /// The invoice that it is for, or that it has created.
    invoice: Option<u64>,
}

impl Asked {
    fn of(app: &App, parts: &Parts) -> Self {
        let route = routes::route(app, parts.uri.path());
        Self {
            at: app.now(),
            method: name(&parts.method),
            route,
            invoice: routes::invoice(app, route, &parts.uri),
        }
    }
}

/// The name of a method. There is one for each request that is kept, so the usual ones are not copied.
fn name(method: &Method) -> Cow<'static, str> {
    match *method {
        Method::GET => "GET".into(),
        Method::POST => "POST".into(),
        ref other => other.to_string().into(),
    }
}

/// Reads a request's body, within the limits.
async fn read<B>(body: B) -> Result<Bytes, Rejection>
where
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        Rejection::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 1 MiB",
        )
    };
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(too_large());
    }
    match timeout(READ_TIMEOUT, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(read)) => Ok(read.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Rejection::http(
            StatusCode::BAD_REQUEST,
            "the body is incomplete",
        )),
        Err(_) => Err(Rejection::http(
            StatusCode::REQUEST_TIMEOUT,
            "the body was not received within 10 s",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use tokio::time::Instant;

    use super::*;

    /// A body that is never received completely.
    struct Stalled;

    impl HttpBody for Stalled {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_10_seconds_to_arrive() {
        let began = Instant::now();
        let Err(Rejection::Http { status, message }) = read(Stalled).await else {
            panic!("it was read");
        };
        assert_eq!(began.elapsed().as_secs(), 10);
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert!(message.contains("10 s"), "{message}");
    }
}
