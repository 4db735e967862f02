//! The calls of the gateway.

pub(crate) mod create;
pub(crate) mod history;
pub(crate) mod read;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Query, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::{App, BaseUrl};
use crate::http::peer::Peer;

/// The query parameters. If one is repeated, the last value counts.
pub(crate) type Parameters = Query<HashMap<String, String>>;

/// A request for one of the gateway's calls.
pub(crate) struct Call {
    parts: Parts,
    body: Bytes,
}

impl Call {
    fn peer(&self) -> Peer {
        let peer = self.parts.extensions.get();
        *peer.expect("the server has set the peer")
    }

    fn base_url(&self) -> &BaseUrl {
        let base_url = self.parts.extensions.get();
        base_url.expect("the server has set the base URL")
    }

    fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    fn body(&self) -> &[u8] {
        &self.body
    }

    /// The query parameters. If one is repeated, the last value counts.
    fn query(&self) -> HashMap<String, String> {
        Query::try_from_uri(&self.parts.uri).map_or_else(|_| HashMap::new(), |Query(query)| query)
    }
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        // The server has read the body already.
        let body = Bytes::from_request(Request::new(body), app).await;
        let body = body.unwrap_or_default();
        Ok(Self { parts, body })
    }
}
