use std::fmt;

use http::{HeaderMap, Method, Uri};
use nft_invoice_transport::Request;

/// A request that was sent through a [`MockTransport`](crate::MockTransport).
///
/// `Debug` shows the method, the path, the names of the headers and the length of the body, so that a failed test
/// prints neither a key nor a card.
#[derive(Clone)]
pub struct RecordedRequest(pub(crate) Request);

impl RecordedRequest {
    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.0.method()
    }

    /// Returns the absolute URI.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        self.0.uri()
    }

    /// Returns the headers, including the API key.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Returns the bytes of the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.0.body().as_bytes()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", self.method())
            .field("path", &self.uri().path())
            .field("headers", &self.headers().keys().collect::<Vec<_>>())
            .field("body", self.0.body())
            .finish()
    }
}
