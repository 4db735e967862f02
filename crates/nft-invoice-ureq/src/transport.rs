use std::fmt;

use http::HeaderValue;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use nft_invoice_transport::{
    BlockingTransport, Body, MAX_RESPONSE_SIZE, Request, Response, SendGate, TransportConfig,
    TransportConfigError, TransportError, check_uri,
};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Proxy, SendBody};

use crate::gate::GatedBody;
use crate::guard::GuardConnector;

/// Sends requests with ureq. See the [crate's page](crate) for what it does and never does.
pub struct UreqTransport {
    settings: TransportConfig,
    /// A connection for each request.
    single: Agent,
    /// The same, or one that keeps connections open.
    reads: Agent,
}

impl UreqTransport {
    /// With those settings; `TransportConfig::default()` suits most.
    ///
    /// # Errors
    ///
    /// When a setting cannot be used.
    pub fn new(settings: TransportConfig) -> Result<Self, TransportConfigError> {
        settings.check()?;
        let single = agent(&settings, 0)?;
        let reads = if settings.reuse_connections {
            agent(&settings, 8)?
        } else {
            single.clone()
        };
        Ok(Self {
            settings,
            single,
            reads,
        })
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl BlockingTransport for UreqTransport {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        check_uri(request.uri(), &self.settings.insecure_hosts)?;
        #[cfg(not(feature = "rustls"))]
        if request.uri().scheme_str() == Some("https") {
            return Err(TransportError::not_sent(
                "https needs the feature `rustls` of nft-invoice-ureq",
            ));
        }
        let gate = SendGate::arm(&request);
        let (mut head, body) = request.into_parts();
        for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT] {
            head.headers.remove(framing);
        }
        let mut gated = GatedBody::new(body.as_bytes(), gate.clone());
        let answer = if body.is_empty() && head.method.is_safe() {
            self.reads.run(http::Request::from_parts(head, ()))
        } else {
            let length = HeaderValue::from(body.len());
            head.headers.insert(CONTENT_LENGTH, length);
            let body = SendBody::from_reader(&mut gated);
            self.single.run(http::Request::from_parts(head, body))
        };
        // Whoever fails first takes the gate, and then the body has not left.
        let failed = |during, otherwise, error| {
            if gate.take() {
                TransportError::not_sent(Failure::new(during, error))
            } else {
                TransportError::unknown(Failure::new(otherwise, error))
            }
        };

        let (head, body) = answer
            .map_err(|error| {
                let sent = "sending the request or waiting for the answer";
                failed("connecting", sent, error)
            })?
            .into_parts();
        let body = body
            .into_with_config()
            .limit(MAX_RESPONSE_SIZE as u64)
            .read_to_vec()
            .map_err(|error| {
                let during = "reading the answer";
                failed(during, during, error)
            })?;
        let mut complete = Response::new(Body::from(body));
        *complete.status_mut() = head.status;
        *complete.version_mut() = head.version;
        *complete.headers_mut() = head.headers;
        Ok(complete)
    }
}

/// A ureq agent with everything off that would send a request elsewhere, again or differently.
fn agent(
    settings: &TransportConfig,
    idle_connections: usize,
) -> Result<Agent, TransportConfigError> {
    let proxy = settings
        .proxy
        .as_deref()
        .map(|url| connect_proxy(url).ok_or(TransportConfigError::Proxy))
        .transpose()?;
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .save_redirect_history(false)
        .http_status_as_error(false)
        .proxy(proxy)
        .user_agent("")
        // Nothing is asked for even if another crate of the build turns on ureq's compression.
        .accept_encoding("")
        .timeout_global(Some(settings.timeout))
        .timeout_resolve(Some(settings.connect_timeout()))
        .timeout_connect(Some(settings.connect_timeout()))
        // Small, because it is wiped as a whole.
        .output_buffer_size(16_384)
        .max_idle_connections(idle_connections)
        .max_idle_connections_per_host(idle_connections)
        .build();
    let chain = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default());
    #[cfg(feature = "rustls")]
    let chain = chain.chain(crate::tls::TlsConnector::new(settings.tls()?));
    Ok(Agent::with_parts(
        config,
        chain.chain(GuardConnector),
        DefaultResolver::default(),
    ))
}

/// Not for this machine: where plain http may be spoken, a tunnel would show it to the proxy.
fn connect_proxy(url: &str) -> Option<Proxy> {
    let uri: http::Uri = url.parse().ok()?;
    matches!(uri.scheme_str(), Some("http" | "https")).then_some(())?;
    uri.host().filter(|host| !host.is_empty())?;
    let given = Proxy::new(url).ok()?;
    let mut proxy = Proxy::builder(given.protocol())
        .host(given.host())
        .port(given.port())
        .no_proxy("localhost")
        .no_proxy("127.*")
        .no_proxy("[::1]");
    if let Some(user) = given.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = given.password() {
        proxy = proxy.password(password);
    }
    proxy.build().ok()
}

/// What went wrong and in which phase.
#[derive(Debug, thiserror::Error)]
#[error("{what} while {during}")]
struct Failure {
    what: &'static str,
    during: &'static str,
    source: ureq::Error,
}

impl Failure {
    fn new(during: &'static str, error: ureq::Error) -> Self {
        let what = if matches!(error, ureq::Error::Timeout(_)) {
            "timed out"
        } else {
            "failed"
        };
        Self {
            what,
            during,
            source: error,
        }
    }
}
