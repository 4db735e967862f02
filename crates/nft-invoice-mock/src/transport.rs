use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use nft_invoice_transport::{
    BlockingTransport, Body, Request, Response, Transport, TransportError, async_trait,
};

use crate::RecordedRequest;

/// Answers from a script, and remembers what it was asked. Clones share both.
#[derive(Clone)]
pub struct MockTransport {
    script: Arc<Mutex<VecDeque<Step>>>,
    /// Answers when the script is used up.
    fallback: Arc<Fallback>,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

type Fallback = dyn Fn(&Request) -> Result<Response, TransportError> + Send + Sync;

enum Step {
    Reply(Result<Response, TransportError>),
    Hang,
}

impl MockTransport {
    /// An empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::from_fn(|_| Err(TransportError::not_sent("the script has no answer left")))
    }

    /// Asks `answer` for each reply that no script gives.
    pub fn from_fn(
        answer: impl Fn(&Request) -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Arc::default(),
            fallback: Arc::new(answer),
            requests: Arc::default(),
        }
    }

    /// Next: a complete answer.
    ///
    /// # Panics
    ///
    /// When `status` is not between 100 and 999.
    #[must_use]
    pub fn answer(self, status: u16, body: impl Into<Bytes>) -> Self {
        let mut response = Response::new(Body::from(body.into()));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status of 100 to 999");
        self.respond(response)
    }

    /// Next: a complete answer with headers of its own.
    #[must_use]
    pub fn respond(self, response: Response) -> Self {
        self.then(Step::Reply(Ok(response)))
    }

    /// Next: a failure before anything was sent.
    #[must_use]
    pub fn not_sent(self, reason: impl Into<String>) -> Self {
        self.then(Step::Reply(Err(TransportError::not_sent(reason.into()))))
    }

    /// Next: a failure after which the request may have been received.
    #[must_use]
    pub fn unknown(self, reason: impl Into<String>) -> Self {
        self.then(Step::Reply(Err(TransportError::unknown(reason.into()))))
    }

    /// Next: a future that never ends, for tests that drop it. A blocking send, which could not be
    /// dropped, gets an `Unknown` in its place, as after a timeout.
    #[must_use]
    pub fn hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// What was sent so far, in order.
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
            Step::Hang => Err(TransportError::unknown(
                "the script says to hang, which a blocking send cannot",
            )),
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

/// A test that panicked elsewhere is no reason to panic here as well.
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
    async fn both_traits_follow_one_script_in_order() {
        let mock = MockTransport::new()
            .answer(200, "{}")
            .not_sent("refused")
            .unknown("cut")
            .respond(http::Response::new(Body::empty()));
        let answer = Transport::send(&mock, create()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body().as_bytes(), b"{}");
        let refused = BlockingTransport::send(&mock, create()).unwrap_err();
        assert_eq!(refused.delivery(), Delivery::NotSent);
        assert_eq!(refused.source().unwrap().to_string(), "refused");
        let cut = Transport::send(&mock, create()).await.unwrap_err();
        assert_eq!(cut.delivery(), Delivery::Unknown);
        assert!(BlockingTransport::send(&mock, create()).is_ok());
        assert_eq!(mock.requests().len(), 4);
    }

    #[test]
    fn a_used_up_script_is_not_sent_and_says_why() {
        let error = BlockingTransport::send(&MockTransport::default(), create()).unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        let reason = error.source().unwrap().to_string();
        assert_eq!(reason, "the script has no answer left");
    }

    #[test]
    fn a_clone_sees_what_the_other_sent() {
        let kept = MockTransport::new().answer(200, "");
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
            .answer(200, "{}")
            .answer(200, "pay_token");
        BlockingTransport::send(&mock, create()).unwrap();
        let shown = format!("{mock:?} {:#?}", mock.requests());
        assert!(shown.contains("steps_left: 1"), "{shown}");
        assert!(shown.contains("Body(16 bytes)"), "{shown}");
        for secret in ["key_live_51Hq", "tok_9f3a", "4242", "pay_token"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn a_function_answers_by_the_request() {
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
    async fn a_hanging_send_can_be_dropped() {
        let mock = MockTransport::new().hang().answer(200, "").hang();
        let hanging = Transport::send(&mock, create());
        let ended = tokio::time::timeout(Duration::from_secs(3600), hanging).await;
        assert!(ended.is_err());
        assert!(Transport::send(&mock, create()).await.is_ok());
        let blocked = BlockingTransport::send(&mock, create()).unwrap_err();
        assert_eq!(blocked.delivery(), Delivery::Unknown);
    }
}
