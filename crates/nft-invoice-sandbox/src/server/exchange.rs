use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::{BoxError, Router};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Incoming};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::admin::access;
use crate::app::{App, BaseUrl};
use crate::calls::create::CreatedInvoice;
use crate::fault::CallEffects;
use crate::gateway::{BodyError, ErrorCode, Rejection};
use crate::http::{Peer, Shape, SlotHandle, UNKNOWN_HOST, WireControl};
use crate::server::occasion::occasion;
use crate::server::routes;
use crate::store::RequestRecord;

const BODY_LIMIT: usize = 1024 * 1024;
/// The limit for reading the headers, and for reading the body. It protects the process, so it is real time.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Handles the requests of one connection.
pub(crate) struct Exchange {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) control: Router,
    pub(crate) peer: Peer,
    pub(crate) slot: SlotHandle,
    pub(crate) wire: WireControl,
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
                Err(rejection) => rejection.response(&self.app.assumptions),
            };
        }
        let mut record = self.record_of(&parts);
        let address = self.app.hosts.address(&parts);
        let address = address.ok_or_else(|| Rejection::http(StatusCode::FORBIDDEN, UNKNOWN_HOST));
        let body = match body.and_then(|body| Ok((body, address?))) {
            Ok((body, address)) => {
                let base_url = BaseUrl::new(self.app.hosts.public(&address));
                parts.extensions.insert(base_url);
                body
            }
            Err(rejection) => {
                let response = rejection.response(&self.app.assumptions);
                self.record(record, Some(&response), None);
                return response;
            }
        };
        if let Some(effects) = self.strike(&record, &parts, &body) {
            // A gateway completes a request even if the client disconnects.
            let struck = tokio::spawn(self.answer_struck(effects, record, parts, body));
            return struck
                .await
                .unwrap_or_else(|error| resume_unwind(error.into_panic()));
        }
        let response = self.call(&mut record, parts, body).await;
        self.record(record, Some(&response), None);
        response
    }

    /// What the journal records of a request before it is answered.
    fn record_of(&self, parts: &Parts) -> RequestRecord {
        let app = &self.app;
        let route = routes::route(app, parts.uri.path());
        RequestRecord {
            at: app.now(),
            method: parts.method.to_string(),
            route,
            invoice: routes::invoice(app, route, &parts.uri),
            reference: None,
            http_status: None,
            error_code: None,
            body_error: None,
            fault: None,
        }
    }

    fn strike(&self, record: &RequestRecord, parts: &Parts, body: &Bytes) -> Option<CallEffects> {
        let app = &self.app;
        if app.faults.is_empty() {
            return None;
        }
        let occasion = occasion(app, record.route, record.invoice, parts, body)?;
        app.faults.strike_call(&occasion, app.now())
    }

    /// The state is committed before the faults are applied to the response.
    async fn answer_struck(
        self: Arc<Self>,
        mut effects: CallEffects,
        mut record: RequestRecord,
        parts: Parts,
        body: Bytes,
    ) -> Response {
        let route = record.route;
        sleep(effects.before.delay).await;
        let mut answer = match effects.before.instead.take() {
            Some(instead) => instead.response(&self.app.assumptions, route),
            None => Ok(self.call(&mut record, parts, body).await),
        };
        sleep(effects.after.delay).await;
        if let Some(instead) = effects.after.instead.take() {
            answer = instead.response(&self.app.assumptions, route);
        }
        if let Err(Shape::Hang) = answer
            && !self.slot.become_hanging()
        {
            answer = Err(Shape::Reset);
        }
        self.record(record, answer.as_ref().ok(), Some(&effects));
        match answer {
            Ok(response) => {
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

    async fn call(&self, record: &mut RequestRecord, mut parts: Parts, body: Bytes) -> Response {
        let peer = self.peer.behind(&self.app.proxies, &parts.headers);
        parts.extensions.insert(peer);
        let request = Request::from_parts(parts, Body::from(body));
        let Ok(response) = self.router.clone().oneshot(request).await;
        if let Some(CreatedInvoice(id)) = response.extensions().get() {
            record.invoice = Some(*id);
        }
        response
    }

    /// Completes the record with the response, which may be none, and the faults.
    fn record(
        &self,
        mut record: RequestRecord,
        answer: Option<&Response>,
        fault: Option<&CallEffects>,
    ) {
        record.at = self.app.now();
        record.fault = fault.map(ToString::to_string);
        if let Some(answer) = answer {
            let (code, body_error) = (answer.extensions().get(), answer.extensions().get());
            record.http_status = Some(answer.status().as_u16());
            record.error_code = code.map(|ErrorCode(code)| *code);
            record.body_error = body_error.map(|BodyError(text)| (*text).into());
        }
        self.app.store().record_request(record);
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
