//! The calls of the gateway.

pub(crate) mod create;
pub(crate) mod history;
pub(crate) mod read;

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::{HeaderMap, Uri};

use crate::app::BaseUrl;
use crate::http::peer::Peer;

/// The query parameters. If one is repeated, the last value counts.
pub(crate) type Parameters = Query<HashMap<String, String>>;

/// A request for one of the gateway's calls.
pub(crate) struct Call<'a> {
    pub(crate) peer: Peer,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) uri: &'a Uri,
    pub(crate) base_url: &'a BaseUrl,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// The query parameters. If one is repeated, the last value counts.
    pub(crate) fn query(&self) -> HashMap<String, String> {
        Query::try_from_uri(self.uri).map_or_else(|_| HashMap::new(), |Query(query)| query)
    }
}
