use std::error::Error;
use std::fmt;

use http::HeaderValue;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use nft_invoice_transport::{
    Body, MAX_RESPONSE_SIZE, Request, Response, SendGate, Transport, TransportConfig,
    TransportConfigError, TransportError, async_trait, check_uri,
};
use reqwest::{NoProxy, Proxy, redirect, retry};

use crate::gate::GatedBody;

/// Sends requests with reqwest. See the [crate's page](crate) for what it does and never does.
pub struct ReqwestTransport {
    settings: TransportConfig,
    /// A connection for each request.
    single: reqwest::Client,
    /// The same, or one that keeps connections open.
    reads: reqwest::Client,
}

impl ReqwestTransport {
    /// With those settings; `TransportConfig::default()` suits most.
    ///
    /// # Errors
    ///
    /// When a setting cannot be used.
    pub fn new(settings: TransportConfig) -> Result<Self, TransportConfigError> {
        settings.check()?;
        let single = client(&settings, 0)?;
        let reads = if settings.reuse_connections {
            client(&settings, 8)?
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

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        check_uri(request.uri(), &self.settings.insecure_hosts)?;
        #[cfg(not(feature = "rustls"))]
        if request.uri().scheme_str() == Some("https") {
            return Err(TransportError::not_sent(
                "https needs the feature `rustls` of nft-invoice-reqwest",
            ));
        }
        let gate = SendGate::arm(&request);
        let (mut head, body) = request.into_parts();
        for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT] {
            head.headers.remove(framing);
        }
        let client = if body.is_empty() && head.method.is_safe() {
            &self.reads
        } else {
            let length = HeaderValue::from(body.len());
            head.headers.insert(CONTENT_LENGTH, length);
            &self.single
        };
        let body = reqwest::Body::wrap(GatedBody::new(body.into_bytes(), gate.clone()));
        let failed = |failure: Box<dyn Error + Send + Sync>| {
            if gate.take() {
                TransportError::not_sent(failure)
            } else {
                TransportError::unknown(failure)
            }
        };

        let request = http::Request::from_parts(head, body)
            .try_into()
            .map_err(|error| failed(Failure::boxed("preparing the request", error)))?;
        let mut answer = client.execute(request).await.map_err(|error| {
            let during = if error.is_connect() {
                "connecting"
            } else {
                "waiting for the answer"
            };
            failed(Failure::boxed(during, error))
        })?;
        let mut body = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| failed(Failure::boxed("reading the answer", error)))?
        {
            if body.len() + chunk.len() > MAX_RESPONSE_SIZE {
                return Err(failed("the answer is larger than 1 MiB".into()));
            }
            body.extend_from_slice(&chunk);
        }
        let mut complete = Response::new(Body::from(body));
        *complete.status_mut() = answer.status();
        *complete.version_mut() = answer.version();
        std::mem::swap(complete.headers_mut(), answer.headers_mut());
        Ok(complete)
    }
}

/// A reqwest client with everything off that would send a request elsewhere, again or differently.
fn client(
    settings: &TransportConfig,
    idle_connections: usize,
) -> Result<reqwest::Client, TransportConfigError> {
    let mut client = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .http1_only()
        .no_proxy()
        .referer(false)
        // Off already, unless another crate of the build turns their features on.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .no_hickory_dns()
        .timeout(settings.timeout)
        .connect_timeout(settings.connect_timeout())
        .pool_max_idle_per_host(idle_connections);
    if let Some(url) = &settings.proxy {
        client = client.proxy(https_proxy(url).ok_or(TransportConfigError::Proxy)?);
    }
    #[cfg(feature = "rustls")]
    {
        client = client.tls_backend_preconfigured(settings.tls()?);
    }
    client
        .build()
        .map_err(|error| TransportConfigError::Client(error.without_url().into()))
}

/// For https alone: a plain request would show the proxy its head and body. Never for this machine.
fn https_proxy(url: &str) -> Option<Proxy> {
    let uri: http::Uri = url.parse().ok()?;
    matches!(uri.scheme_str(), Some("http" | "https")).then_some(())?;
    uri.host().filter(|host| !host.is_empty())?;
    let here = NoProxy::from_string("localhost,127.0.0.0/8,::1");
    Some(Proxy::https(url).ok()?.no_proxy(here))
}

/// What went wrong and in which phase; reqwest's error, without the URL, is the source.
#[derive(Debug, thiserror::Error)]
#[error("{what} while {during}")]
struct Failure {
    what: &'static str,
    during: &'static str,
    source: reqwest::Error,
}

impl Failure {
    fn boxed(during: &'static str, error: reqwest::Error) -> Box<dyn Error + Send + Sync> {
        let what = if error.is_timeout() {
            "timed out"
        } else {
            "failed"
        };
        Box::new(Self {
            what,
            during,
            source: error.without_url(),
        })
    }
}
