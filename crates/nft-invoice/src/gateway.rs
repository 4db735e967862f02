//! The half of a client that does no I/O: requests, and decoders for their responses.

use std::fmt;
use std::net::Ipv6Addr;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use nft_invoice_core::{
    ApiKey, Call, Created, Encoding, HistoryPage, HistoryQuery, Info, Invoice, InvoiceId, Mode,
    ResponseError, StatusReport, Unreadable, decode_create, decode_history, decode_info,
    decode_status, redact_secret,
};
use nft_invoice_transport::{Body, Request, check_uri};

use crate::{Cancellation, Config, ConfigError, Error, UnreadableResponse};

/// The gateway's calls without I/O: each becomes an HTTP request and a decoder for its response.
///
/// For HTTP stacks that are not a [`Transport`](crate::transport::Transport), and for looking at a request before
/// it is sent. [`Client`](crate::Client) and [`blocking::Client`](crate::blocking::Client) are built on it.
///
/// The caller who sends the request is responsible for the [contract](crate::transport#the-contract): one attempt, no
/// redirects, and certainty before a `create` is sent again.
///
/// ```
/// use nft_invoice::{ApiKey, Config, Date, Draft, Gateway, Rules};
///
/// let gateway = Gateway::new(Config::new("https://gateway.example", ApiKey::new("key")?))?;
/// let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
/// let invoice = Draft::new().email("customer@shop.example").amount("15.04").validate(&rules)?;
///
/// let (request, decoder) = gateway.create(&invoice).into_parts();
/// assert_eq!(request.uri(), "https://gateway.example/api/btn-create-invoice/get/");
/// // Any HTTP stack sends the request. Here is what it returns:
/// let body = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#;
/// let created = decoder.decode(&http::Response::new(body))?;
/// assert!(created.redirect_url().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Gateway {
    key: HeaderValue,
    create: Uri,
    status: Uri,
    info: Uri,
    history: Option<Uri>,
    encoding: Encoding,
    insecure_hosts: Vec<String>,
}

impl Gateway {
    /// Creates the calls of a gateway.
    ///
    /// # Errors
    ///
    /// If the base URL, a path or a setting of the transport cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.transport.check()?;
        let insecure_hosts = config.transport.insecure_hosts;
        let paths = [&config.create_path, &config.status_path, &config.info_path];
        let base = base(&config.base_url, &insecure_hosts, &paths).map_err(ConfigError::BaseUrl)?;
        let endpoint = |call, path: &str| {
            let is_plain = |b: u8| b.is_ascii_graphic() && b != b'?' && b != b'#';
            if !path.starts_with('/') || !path.bytes().all(is_plain) || path.len() > MAX_PATH {
                return Err(ConfigError::Path(call));
            }
            format!("{base}{path}")
                .parse()
                .map_err(|_| ConfigError::Path(call))
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
            insecure_hosts,
        })
    }

    pub(crate) fn create_uri(&self) -> &Uri {
        &self.create
    }

    /// Prepares the creation of `invoice`.
    #[must_use]
    pub fn create<'a>(&'a self, invoice: &'a Invoice) -> Prepared<'a, Created> {
        let body = Body::from_owner(invoice.encode(&self.encoding));
        let mut request = self.request(Method::POST, self.create.clone(), body);
        request.headers_mut().insert(CONTENT_TYPE, JSON);
        self.prepared(Call::Create, request, Some(invoice), |decoder, body| {
            let mode = decoder.invoice.map_or(Mode::Hosted, Invoice::mode);
            let created = decode_create(body, mode, &decoder.gateway.insecure_hosts)?;
            match (decoder.invoice, decoder.gateway.key.to_str()) {
                (Some(invoice), Ok(key)) => created.without_secrets(invoice, key),
                _ => Ok(created),
            }
        })
    }

    /// Prepares the query for the status of the invoice `id`.
    #[must_use]
    pub fn status(&self, id: &InvoiceId) -> Prepared<'_, StatusReport> {
        let request = self.read(&self.status, &format!("id={id}"));
        self.prepared(Call::Status, request, None, |_, body| decode_status(body))
    }

    /// Prepares the query for what the gateway knows of the invoice `id`.
    #[must_use]
    pub fn info(&self, id: &InvoiceId) -> Prepared<'_, Info> {
        let request = self.read(&self.info, &format!("id={id}"));
        self.prepared(Call::Info, request, None, |_, body| decode_info(body))
    }

    /// Prepares the query for a page of the history.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the path of the history is not set.
    pub fn history(&self, query: &HistoryQuery) -> Result<Prepared<'_, HistoryPage>, Error> {
        let missing = || Error::Config {
            call: Call::History,
            source: ConfigError::NoHistoryPath,
        };
        let request = self.read(
            self.history.as_ref().ok_or_else(missing)?,
            &query.to_query(),
        );
        Ok(self.prepared(Call::History, request, None, |_, body| decode_history(body)))
    }

    fn prepared<'a, T>(
        &'a self,
        call: Call,
        request: Request,
        invoice: Option<&'a Invoice>,
        read: fn(&Decoder<'a, T>, &[u8]) -> Result<T, ResponseError>,
    ) -> Prepared<'a, T> {
        Prepared {
            request,
            decoder: Decoder {
                gateway: self,
                call,
                invoice,
                read,
            },
        }
    }

    fn read(&self, endpoint: &Uri, query: &str) -> Request {
        // Ids and queries need no escapes, and no path is too long for a query behind it.
        let uri = format!("{endpoint}?{query}")
            .parse()
            .expect("a path of limited length takes a query");
        self.request(Method::GET, uri, Body::empty())
    }

    fn request(&self, method: Method, uri: Uri, body: Body) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        // Those of a create with the three that a transport adds, and one more: hyper makes room before it looks.
        let mut headers = HeaderMap::with_capacity(7);
        headers.insert(ACCEPT, JSON);
        headers.insert(API_KEY, self.key.clone());
        *request.headers_mut() = headers;
        request
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

/// A request and the decoder for its response.
#[derive(Debug)]
pub struct Prepared<'a, T> {
    request: Request,
    decoder: Decoder<'a, T>,
}

impl<'a, T> Prepared<'a, T> {
    /// Returns the request. Its `Debug` shows neither the key nor the body.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Lets `cancellation` keep the request from being sent.
    #[must_use]
    pub fn cancelled_by(mut self, cancellation: &Cancellation) -> Self {
        self.request.extensions_mut().insert(cancellation.0.clone());
        self
    }

    /// Returns the request to send and the decoder for its response.
    #[must_use]
    pub fn into_parts(self) -> (Request, Decoder<'a, T>) {
        (self.request, self.decoder)
    }
}

/// Reads the response to one request.
pub struct Decoder<'a, T> {
    gateway: &'a Gateway,
    call: Call,
    invoice: Option<&'a Invoice>,
    read: fn(&Self, &[u8]) -> Result<T, ResponseError>,
}

impl<T> Decoder<'_, T> {
    /// Returns the call.
    #[must_use]
    pub fn call(&self) -> Call {
        self.call
    }

    /// Reads a complete response, whatever its HTTP status.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] for an error code, [`Error::Unreadable`] for what cannot be understood.
    pub fn decode<B: AsRef<[u8]>>(&self, response: &http::Response<B>) -> Result<T, Error> {
        let body = response.body().as_ref();
        (self.read)(self, body).map_err(|error| {
            let call = self.call;
            let http_status = response.status().as_u16();
            match error {
                ResponseError::Rejected(rejection) => Error::Rejected {
                    call,
                    code: rejection.code(),
                    documented: rejection.documented(),
                    message: rejection
                        .message_redacted(|text| self.redact(text))
                        .map(Into::into),
                    http_status,
                },
                ResponseError::Unreadable(source) => self.unreadable(response, body.len(), source),
            }
        })
    }

    /// A gateway that rejects a key or a card may repeat it. The key first: what replaces a card could cut it.
    fn redact(&self, text: &str) -> String {
        let text = match self.gateway.key.to_str() {
            Ok(key) => redact_secret(text, key),
            Err(_) => text.to_owned(),
        };
        self.invoice
            .map(|invoice| invoice.redact(&text))
            .unwrap_or(text)
    }

    fn unreadable<B>(
        &self,
        response: &http::Response<B>,
        length: usize,
        source: Unreadable,
    ) -> Error {
        let headers = response.headers();
        let status = response.status();
        let (content_type, charset) = content_type(headers);
        let redirect = status.is_redirection().then(|| redirect(headers)).flatten();
        // A header can repeat a secret as well as a message can.
        let shown = |text: Option<Box<str>>| text.map(|text| self.redact(&text).into_boxed_str());
        let response = UnreadableResponse {
            http_status: status.as_u16(),
            content_type: shown(content_type),
            charset: shown(charset),
            length,
            redirect: shown(redirect),
            retry_after: shown(retry_after(headers)),
            source,
        };
        Error::Unreadable {
            call: self.call,
            response: Box::new(response),
        }
    }
}

impl<T> fmt::Debug for Decoder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The longest path of a call, in characters.
const MAX_PATH: usize = 2048;

/// The base URL without a slash at its end, or what is wrong with it.
fn base<'u>(
    url: &'u str,
    insecure_hosts: &[String],
    paths: &[&String],
) -> Result<&'u str, &'static str> {
    let absolute = "must be absolute, such as https://gateway.example";
    if url.starts_with(['"', '\'']) || url.ends_with(['"', '\'']) {
        return Err("must not be in quotation marks");
    }
    if url.trim() != url {
        return Err("must not begin or end with white space, such as a line break");
    }
    if !url.is_ascii() {
        return Err("must be ASCII: write an international host name in its xn-- form");
    }
    let uri: Uri = url.parse().map_err(|_| absolute)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(absolute);
    };
    if !matches!(scheme, "https" | "http") {
        return Err("must begin with https://");
    }
    if authority.as_str().contains('@') {
        return Err("must not contain a user name or password");
    }
    if url.contains(['?', '#']) {
        return Err("must not contain a query or a fragment");
    }
    if authority.host().is_empty() {
        return Err(absolute);
    }
    if authority.host() != authority.as_str() && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("must have a port between 1 and 65535, or none");
    }
    check_uri(&uri, insecure_hosts).map_err(|_| {
        "can be plain http only to this machine (localhost, 127.0.0.1, [::1]) and to the insecure hosts; use https"
    })?;
    let literal = authority
        .host()
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if literal.is_some_and(|address| address.parse::<Ipv6Addr>().is_err()) {
        return Err("must have an IPv6 address in its brackets");
    }
    let url = url.trim_end_matches('/');
    if paths
        .iter()
        .any(|path| url.ends_with(path.trim_end_matches('/')))
    {
        return Err("must not contain the path of a call: leave out what follows the host");
    }
    Ok(url)
}

/// The key as a header. It shares one buffer, which is wiped with the last request.
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

/// The media type and the charset of a response, if they are plain: a header can repeat anything.
fn content_type(headers: &HeaderMap) -> (Option<Box<str>>, Option<Box<str>>) {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return (None, None);
    };
    let mut parts = value.split(';');
    let shown = |text: &str, extra: &str| {
        let text = text.trim().trim_matches('"').to_ascii_lowercase();
        let is_plain = |c: char| c.is_ascii_alphabetic() || extra.contains(c);
        (!text.is_empty() && text.len() <= 60 && text.chars().all(is_plain))
            .then(|| text.into_boxed_str())
    };
    let media_type = parts.next().and_then(|text| shown(text, "/+-."));
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| shown(value, "-_0123456789"))
            .flatten()
    });
    (
        media_type,
        charset.filter(|charset| !matches!(&**charset, "utf-8" | "utf8") && charset.len() <= 20),
    )
}

/// Scheme, host and port of the place that a redirect leads to. Its path and query can contain a token.
fn redirect(headers: &HeaderMap) -> Option<Box<str>> {
    let uri: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let authority = uri.authority()?;
    let port = authority
        .port_u16()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    Some(format!("{scheme}://{}{port}", authority.host()).into())
}

/// Seconds, or a date such as `Wed, 21 Oct 2026 07:28:00 GMT`. Anything else can repeat a secret.
fn retry_after(headers: &HeaderMap) -> Option<Box<str>> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_seconds = matches!(value.len(), 1..=9) && value.bytes().all(|b| b.is_ascii_digit());
    let is_of_date = |c: char| c.is_ascii_alphanumeric() || " ,:".contains(c);
    let is_date = value.len() == 29 && value.ends_with(" GMT") && value.chars().all(is_of_date);
    (is_seconds || is_date).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<&str, &'static str> {
        base(
            url,
            &["sandbox".to_owned()],
            &[&"/api/invoice/status/".to_owned()],
        )
    }

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
            ("http://sandbox:8080", "http://sandbox:8080"),
        ] {
            assert_eq!(checked(url), Ok(shown), "{url}");
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
            ("https://gateway.example:0", "port"),
            ("https://gateway.example:", "port"),
            ("http://gateway.example", "plain http"),
            ("http://10.0.0.1", "plain http"),
            ("https://[zz]", "IPv6"),
            ("https://gåteway.example", "xn--"),
            ("\"https://gateway.example\"", "quotation"),
            ("'https://gateway.example", "quotation"),
            ("https://gateway.example\"", "quotation"),
            ("https://gateway.example\r", "white space"),
            (
                "https://gateway.example/api/invoice/status/",
                "path of a call",
            ),
            (
                "https://gateway.example/api/invoice/status",
                "path of a call",
            ),
        ] {
            let refused = checked(url).expect_err(url);
            assert!(refused.contains(because), "{url}: {refused}");
        }
    }

    #[test]
    fn a_content_type_is_shown_only_if_it_is_plain() {
        let shown = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            let (media_type, charset) = content_type(&headers);
            (
                media_type.unwrap_or_default().to_string(),
                charset.unwrap_or_default().to_string(),
            )
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(shown("Text/HTML; charset=utf-8"), pair("text/html", ""));
        assert_eq!(
            shown("text/html; Charset=\"ISO-8859-1\""),
            pair("text/html", "iso-8859-1")
        );
        assert_eq!(
            shown("application/problem+json"),
            pair("application/problem+json", "")
        );
        assert_eq!(shown("4242424242424242"), pair("", ""));
        assert_eq!(shown("<script>"), pair("", ""));
    }

    #[test]
    fn a_redirect_shows_no_path_and_no_query() {
        for (location, shown) in [
            (
                "https://login.example:8443/in?token=t0ken",
                Some("https://login.example:8443"),
            ),
            (
                "https://user:hunter2@login.example/",
                Some("https://login.example"),
            ),
            ("/elsewhere", None),
            ("javascript:alert(1)", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, HeaderValue::from_static(location));
            assert_eq!(redirect(&headers).as_deref(), shown, "{location}");
        }
    }
}
