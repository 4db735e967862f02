use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::origin::Origin;

/// The names at which others reach the sandbox. Requests for any other name are rejected, against DNS rebinding: a page of
/// another site, open in a browser on this machine, could read the sandbox through a name that leads to it.
pub(crate) struct Hosts {
    /// Where others reach the sandbox, if it is not the address that it listens on.
    pub(crate) public: Option<Origin>,
    /// In lower case.
    pub(crate) allowed: Vec<String>,
}

/// The request's Host header names no allowed host.
pub(crate) const UNKNOWN_HOST: &str =
    "unknown Host header; use an IP address, or allow the name with `allow_host` or `--allow-host`";

impl Hosts {
    /// Returns the address that a request came to, if its host is allowed. Rebinding requires a name, so any IP address is.
    pub(crate) fn address(&self, parts: &Parts) -> Option<Origin> {
        let authority = match parts.uri.authority() {
            Some(authority) => Some(authority.clone()),
            None => single(&parts.headers, HOST).and_then(|host| host.parse().ok()),
        };
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        Origin::at(false, &authority?).filter(|address| self.allows(address))
    }

    /// The header on which alone [`address`](Self::address) depends, if there is one.
    pub(crate) fn header(parts: &Parts) -> Option<&HeaderValue> {
        let mut hosts = parts.headers.get_all(HOST).into_iter();
        let host = hosts.next()?;
        (parts.uri.authority().is_none() && hosts.next().is_none()).then_some(host)
    }

    /// Returns where others reach the sandbox if it was set, otherwise the address that the request came to.
    pub(crate) fn public<'a>(&'a self, address: &'a Origin) -> &'a Origin {
        self.public.as_ref().unwrap_or(address)
    }

    fn allows(&self, address: &Origin) -> bool {
        let host = address.host();
        let public = self.public.as_ref().map(Origin::host);
        address.ip().is_some()
            || host == "localhost"
            || public == Some(host)
            || self.allowed.iter().any(|name| name == host)
    }
}

/// The value of a header; `None` if it is missing or repeated.
pub(crate) fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?.to_str().ok();
    value.filter(|_| values.next().is_none())
}
