//! What every call shares, without I/O: the request that it is, and what became of it.

use std::net::Ipv6Addr;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Uri};
use nft_invoice_core::{
    AnswerError, ApiKey, Call, Created, Encoding, HistoryQuery, Invoice, InvoiceId, decode_create,
    encode,
};
use nft_invoice_transport::{Body, Request, Response, SendGate, TransportError, check_uri};

use crate::observe::Observation;
use crate::{Config, ConfigError, Error};

/// A [`Config`] that has been checked: makes the requests.
pub(crate) struct Exchange {
    key: HeaderValue,
    create: Uri,
    status: Uri,
    info: Uri,
    history: Option<Uri>,
    encoding: Encoding,
}

impl Exchange {
    pub(crate) fn new(config: Config) -> Result<Self, ConfigError> {
        let base = base(&config.base_url).map_err(ConfigError::BaseUrl)?;
        let endpoint = |call, path: &str| {
            let plain = |b: u8| b.is_ascii_graphic() && b != b'?' && b != b'#';
            if !path.starts_with('/') || !path.bytes().all(plain) {
                return Err(ConfigError::Path(call));
            }
            let joined = format!("{base}{path}");
            joined.parse().map_err(|_| ConfigError::Path(call))
        };
        Ok(Self {
            create: endpoint(Call::Create, &config.create_path)?,
            status: endpoint(Call::Status, &config.status_path)?,
            info: endpoint(Call::Info, &config.info_path)?,
            history: config
                .history_path
                .map(|path| endpoint(Call::History, &path))
                .transpose()?,
            key: header(config.api_key),
            encoding: config.encoding,
        })
    }

    pub(crate) fn create(&self, invoice: &Invoice, latch: &SendGate) -> Request {
        let body = Body::from_owner(encode(invoice, &self.encoding));
        let mut request = self.request(Method::POST, self.create.clone(), body);
        request.headers_mut().insert(CONTENT_TYPE, JSON);
        request.extensions_mut().insert(latch.clone());
        request
    }

    pub(crate) fn status(&self, id: &InvoiceId) -> Result<Request, Error> {
        self.read(Call::Status, &self.status, &format!("id={id}"))
    }

    pub(crate) fn info(&self, id: &InvoiceId) -> Result<Request, Error> {
        self.read(Call::Info, &self.info, &format!("id={id}"))
    }

    pub(crate) fn history(&self, query: &HistoryQuery) -> Result<Request, Error> {
        let endpoint = self.history.as_ref().ok_or(ConfigError::NoHistoryPath)?;
        self.read(Call::History, endpoint, &query.to_query())
    }

    /// What became of a create. A gateway that refuses a card may say which one.
    pub(crate) fn created(
        &self,
        observation: Observation,
        sent: Result<Response, TransportError>,
        invoice: &Invoice,
    ) -> Result<Created, Error> {
        let decode = |body: &[u8]| decode_create(invoice.mode(), body);
        let mut result = self.interpret(observation, sent, decode);
        if let Err(Error::Rejected {
            message: Some(message),
            ..
        }) = &mut result
        {
            *message = invoice.masked(message).into();
        }
        result
    }

    /// What became of the call: its decoded answer, or the error that says what is known.
    pub(crate) fn interpret<T>(
        &self,
        observation: Observation,
        sent: Result<Response, TransportError>,
        decode: impl FnOnce(&[u8]) -> Result<T, AnswerError>,
    ) -> Result<T, Error> {
        let call = observation.call;
        let status = sent
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        let result = match sent {
            Ok(response) => decode(response.body().as_bytes())
                .map_err(|error| self.unsuccessful(call, &response, error)),
            Err(source) => Err(Error::Transport { call, source }),
        };
        observation.end(status, &result);
        result
    }

    fn unsuccessful(&self, call: Call, response: &Response, error: AnswerError) -> Error {
        let http_status = response.status().as_u16();
        match error {
            AnswerError::Rejected(rejection) => Error::Rejected {
                call,
                code: rejection.code(),
                documented: rejection.documented(),
                message: rejection.message().map(|text| self.without_key(text)),
                http_status,
            },
            source => Error::Unreadable {
                call,
                http_status,
                content_type: content_type(response.headers()),
                length: response.body().len(),
                source,
            },
        }
    }

    fn read(&self, call: Call, endpoint: &Uri, query: &str) -> Result<Request, Error> {
        // Ids and queries need no escapes; a path of tens of thousands of characters is all that can fail.
        let uri = format!("{endpoint}?{query}")
            .parse()
            .map_err(|_| ConfigError::Path(call))?;
        Ok(self.request(Method::GET, uri, Body::empty()))
    }

    fn request(&self, method: Method, uri: Uri, body: Body) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        request.headers_mut().insert(ACCEPT, JSON);
        request.headers_mut().insert("api-key", self.key.clone());
        request
    }

    /// A gateway that refuses a key may say which one.
    fn without_key(&self, message: &str) -> Box<str> {
        match self.key.to_str() {
            Ok(key) if key.len() >= 8 => message.replace(key, "[key]").into(),
            _ => message.into(),
        }
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The base URL without a slash at its end, or what is wrong with it.
fn base(url: &str) -> Result<&str, &'static str> {
    let absolute = "must be absolute, such as https://gateway.example";
    let uri: Uri = url.parse().map_err(|_| absolute)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(absolute);
    };
    if !matches!(scheme, "https" | "http") {
        return Err("must begin with https://");
    }
    if authority.as_str().contains('@') {
        return Err("must not hold a user name or password");
    }
    if url.contains(['?', '#']) {
        return Err("must not hold a query or a fragment");
    }
    if authority.host().is_empty() {
        return Err(absolute);
    }
    if authority.host() != authority.as_str() && authority.port_u16().is_none() {
        return Err("must have a port between 1 and 65535, or none");
    }
    check_uri(&uri, &[]).map_err(
        |_| "may be plain http for this machine only (localhost, 127.0.0.1, [::1]); use https",
    )?;
    let host = authority.host();
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if literal.is_some_and(|address| address.parse::<Ipv6Addr>().is_err()) {
        return Err("must hold an IPv6 address in its brackets");
    }
    Ok(url.trim_end_matches('/'))
}

/// The key as a header, which shares one buffer that is wiped with the last request.
fn header(key: ApiKey) -> HeaderValue {
    struct Exposed(ApiKey);

    impl AsRef<[u8]> for Exposed {
        fn as_ref(&self) -> &[u8] {
            self.0.expose().as_bytes()
        }
    }

    let shared = Bytes::from_owner(Exposed(key));
    let mut value = HeaderValue::from_maybe_shared(shared).expect("a key is visible ASCII");
    value.set_sensitive(true);
    value
}

/// The media type of an answer, if it is a plain one: a header may echo anything.
fn content_type(headers: &HeaderMap) -> Option<Box<str>> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next()?.trim();
    let plain = |c: char| c.is_ascii_alphabetic() || "/+-.".contains(c);
    let fits = media_type.len() <= 60 && media_type.chars().all(plain);
    fits.then(|| media_type.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_absolute_and_safe() {
        for (url, shown) in [
            ("https://gateway.example", "https://gateway.example"),
            ("https://gateway.example/", "https://gateway.example"),
            (
                "https://gateway.example:8443/pay/",
                "https://gateway.example:8443/pay",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(base(url), Ok(shown), "{url}");
        }
        for (url, because) in [
            ("", "absolute"),
            ("/api", "absolute"),
            ("gateway.example", "absolute"),
            ("gateway.example:443", "absolute"),
            ("https://", "absolute"),
            ("https:///pay", "absolute"),
            ("https://gateway .example", "absolute"),
            ("ftp://gateway.example", "begin with https"),
            ("https://user@gateway.example", "user name"),
            ("https://user:hunter2@gateway.example", "user name"),
            ("http://localhost@gateway.example", "user name"),
            ("https://gateway.example?a=b", "query"),
            ("https://gateway.example/#top", "query"),
            ("https://gateway.example:99999", "port"),
            ("https://gateway.example:", "port"),
            ("http://gateway.example", "plain http"),
            ("http://10.0.0.1", "plain http"),
            ("https://[zz]", "IPv6"),
        ] {
            let refused = base(url).expect_err(url);
            assert!(refused.contains(because), "{url}: {refused}");
        }
    }

    #[test]
    fn a_content_type_is_shown_only_if_it_is_plain() {
        let shown = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            content_type(&headers)
        };
        assert_eq!(
            shown("Text/HTML; charset=utf-8").as_deref(),
            Some("text/html")
        );
        assert_eq!(
            shown("application/problem+json").as_deref(),
            Some("application/problem+json")
        );
        assert_eq!(shown("4242424242424242"), None);
        assert_eq!(shown("<script>"), None);
        assert_eq!(content_type(&HeaderMap::new()), None);
    }
}
