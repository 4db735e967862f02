use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use nft_invoice_transport::{
    BlockingTransport, Body, Request, Response, Transport, TransportError, async_trait,
};

use crate::RecordedRequest;

/// A transport that follows a script and records the requests. Clones share both.
#[derive(Clone)]
pub struct MockTransport {
    script: Arc<Mutex<VecDeque<Step>>>,
    /// Used after the end of the script.
    fallback: Arc<Fallback>,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

type Fallback = dyn Fn(&Request) -> Result<Response, TransportError> + Send + Sync;

enum Step {
    Reply(Result<Response, TransportError>),
    Hang,
}

impl MockTransport {
    /// Creates a transport with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::from_fn(|_| {
            Err(TransportError::not_sent(
                "the mock's script has no more steps",
            ))
        })
    }

    /// Creates a transport that calls `respond` for each send without a scripted step.
    pub fn from_fn(
        respond: impl Fn(&Request) -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Arc::default(),
            fallback: Arc::new(respond),
            requests: Arc::default(),
        }
    }

    /// Adds a complete response with this status and body.
    ///
    /// # Panics
    ///
    /// If `status` is not between 100 and 999.
    #[must_use]
    pub fn respond_with(self, status: u16, body: impl Into<Bytes>) -> Self {
        let mut response = Response::new(Body::from(body.into()));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status of 100 to 999");
        self.respond(response)
    }

    /// Adds a complete response.
    #[must_use]
    pub fn respond(self, response: Response) -> Self {
        self.then(Step::Reply(Ok(response)))
    }

    /// Adds a failure before the request was sent.
    #[must_use]
    pub fn not_sent(self, reason: impl Into<String>) -> Self {
        self.then(Step::Reply(Err(TransportError::not_sent(reason.into()))))
    }

    /// Adds a failure after which the request may have been received.
    #[must_use]
    pub fn unknown(self, reason: impl Into<String>) -> Self {
        self.then(Step::Reply(Err(TransportError::unknown(reason.into()))))
    }

    /// Adds a send that never ends, for tests that drop its future. A blocking send, which cannot be dropped, fails
    /// with `Unknown` instead, as after a timeout.
    #[must_use]
    pub fn hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// Returns the requests that were sent so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.requests).clone()
    }

    fn then(self, step: Step) -> Self {
        lock(&self.script).push_back(step);
        self
    }

    /// Records the request and takes the next step.
    fn next(&self, request: Request) -> Step {
        lock(&self.requests).push(RecordedRequest(request.clone()));
        let scripted = lock(&self.script).pop_front();
        scripted.unwrap_or_else(|| Step::Reply((self.fallback)(&request)))
    }
}

impl Default for MockTransport {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Transport for MockTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self.next(request) {
            Step::Reply(reply) => reply,
            Step::Hang => std::future::pending().await,
        }
    }
}

impl BlockingTransport for MockTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self.next(request) {
            Step::Reply(reply) => reply,
            Step::Hang => Err(TransportError::unknown("timed out")),
        }
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTransport")
            .field("steps_left", &lock(&self.script).len())
            .field("requests", &*lock(&self.requests))
            .finish()
    }
}

/// Ignores poisoning, so that a panic in one test thread does not hide behind another.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::time::Duration;

    use nft_invoice_transport::Delivery;

    use super::*;

    fn create() -> Request {
        http::Request::post("https://gateway.example/create?token=tok_9f3a")
            .header("api-key", "key_live_51Hq")
            .body(Body::from_static(b"4242424242424242"))
            .unwrap()
    }

    #[tokio::test]
    async fn follows_the_script_in_order_for_both_traits() {
        let mock = MockTransport::new()
            .respond_with(200, "{}")
            .not_sent("refused")
            .unknown("cut")
            .respond(http::Response::new(Body::empty()));
        let response = Transport::send(&mock, create()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.body().as_bytes(), b"{}");
        let refused = BlockingTransport::send(&mock, create()).unwrap_err();
        assert_eq!(refused.delivery(), Delivery::NotSent);
        assert_eq!(refused.source().unwrap().to_string(), "refused");
        let cut = Transport::send(&mock, create()).await.unwrap_err();
        assert_eq!(cut.delivery(), Delivery::Unknown);
        assert!(BlockingTransport::send(&mock, create()).is_ok());
        assert_eq!(mock.requests().len(), 4);
    }

    #[test]
    fn reports_the_end_of_the_script_as_not_sent() {
        let error = BlockingTransport::send(&MockTransport::default(), create()).unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        let reason = error.source().unwrap().to_string();
        assert_eq!(reason, "the mock's script has no more steps");
    }

    #[test]
    fn shares_recorded_requests_with_its_clones() {
        let kept = MockTransport::new().respond_with(200, "");
        let given = kept.clone();
        BlockingTransport::send(&given, create()).unwrap();
        drop(given);
        let [sent] = kept.requests().try_into().unwrap();
        assert_eq!(sent.method(), "POST");
        assert_eq!(sent.uri().path(), "/create");
        assert_eq!(sent.headers()["api-key"], "key_live_51Hq");
        assert_eq!(sent.body(), b"4242424242424242");
    }

    #[test]
    fn debug_shows_no_secrets() {
        let mock = MockTransport::new()
            .respond_with(200, "{}")
            .respond_with(200, "pay_token");
        BlockingTransport::send(&mock, create()).unwrap();
        let shown = format!("{mock:?} {:#?}", mock.requests());
        assert!(shown.contains("steps_left: 1"), "{shown}");
        assert!(shown.contains("Body(16 bytes)"), "{shown}");
        for secret in ["key_live_51Hq", "tok_9f3a", "4242", "pay_token"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn responds_by_a_function_of_the_request() {
        let mock = MockTransport::from_fn(|request| match request.uri().path() {
            "/create" => Ok(Response::new(Body::from_static(b"made"))),
            _ => Err(TransportError::unknown("lost")),
        });
        let made = BlockingTransport::send(&mock, create()).unwrap();
        assert_eq!(made.body().as_bytes(), b"made");
        let mut other = create();
        *other.uri_mut() = "https://gateway.example/status".parse().unwrap();
        assert!(BlockingTransport::send(&mock, other).is_err());
        assert_eq!(mock.requests().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn lets_a_hanging_send_be_dropped() {
        let mock = MockTransport::new().hang().respond_with(200, "").hang();
        let hanging = Transport::send(&mock, create());
        let ended = tokio::time::timeout(Duration::from_secs(3600), hanging).await;
        assert!(ended.is_err());
        assert!(Transport::send(&mock, create()).await.is_ok());
        let blocked = BlockingTransport::send(&mock, create()).unwrap_err();
        assert_eq!(blocked.delivery(), Delivery::Unknown);
    }
}
