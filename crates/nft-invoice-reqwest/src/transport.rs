use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use hyper::Uri;
use nft_invoice_transport::{
    GatedBody, Phase, Request, Response, ResponseBody, Transport, TransportConfig,
    TransportConfigError, TransportError, async_trait, is_read,
};
use reqwest::{NoProxy, Proxy, Url, redirect, retry};

/// An async transport on reqwest. See the [crate's documentation](crate) for its guarantees.
pub struct ReqwestTransport {
    config: TransportConfig,
    /// Makes a connection for each request.
    single: reqwest::Client,
    /// For requests without a body; keeps connections open if the configuration says so.
    reads: reqwest::Client,
    /// The last URI as reqwest needs it: to parse it again for each create costs as much as to encode the body.
    last_url: Mutex<Option<(Uri, Url)>>,
}

impl ReqwestTransport {
    /// Builds a transport. It needs no runtime until something is sent.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn new(config: TransportConfig) -> Result<Self, TransportConfigError> {
        config.check()?;
        let single = client(&config, 0)?;
        let reads = if config.reuse_connections {
            client(&config, 8)?
        } else {
            single.clone()
        };
        Ok(Self {
            config,
            single,
            reads,
            last_url: Mutex::default(),
        })
    }

    /// `uri` as reqwest needs it.
    fn url(&self, uri: &Uri) -> Result<Url, <Url as FromStr>::Err> {
        let mut last = self.last_url.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, url)) if known == uri => Ok(url.clone()),
            _ => {
                let url = Url::parse(&uri.to_string())?;
                *last = Some((uri.clone(), url.clone()));
                Ok(url)
            }
        }
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let gate = self.config.prepare(&mut request)?;
        #[cfg(not(feature = "rustls"))]
        if request.uri().scheme_str() == Some("https") {
            return Err(TransportError::not_sent(
                "https needs the feature `rustls` of nft-invoice-reqwest",
            ));
        }
        let client = if is_read(&request) {
            &self.reads
        } else {
            &self.single
        };
        let failed = |phase, error: reqwest::Error| {
            let words = cause(&error);
            let failure = gate.fail(phase, error.without_url());
            match words {
                Some(words) => failure.because(words),
                None => failure,
            }
        };

        let url = self
            .url(request.uri())
            .map_err(|error| gate.fail(Phase::Preparing, error))?;
        let (head, body) = request.into_parts();
        let mut request = reqwest::Request::new(head.method, url);
        *request.version_mut() = head.version;
        *request.headers_mut() = head.headers;
        *request.body_mut() = Some(reqwest::Body::wrap(GatedBody::new(body, gate.clone())));
        let mut received = client.execute(request).await.map_err(|error| {
            let phase = if error.is_connect() {
                Phase::Connecting
            } else {
                Phase::AwaitingResponse
            };
            failed(phase, error)
        })?;
        let mut body = ResponseBody::default();
        while let Some(chunk) = received
            .chunk()
            .await
            .map_err(|error| failed(Phase::ReadingResponse, error))?
        {
            body.push(&chunk)
                .map_err(|error| gate.fail(Phase::ReadingResponse, error))?;
        }
        let mut response = Response::new(body.finish());
        *response.status_mut() = received.status();
        *response.version_mut() = received.version();
        std::mem::swap(response.headers_mut(), received.headers_mut());
        Ok(response)
    }
}

/// Builds a client that does nothing which would send a request elsewhere, again or differently.
fn client(
    config: &TransportConfig,
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
        .timeout(config.timeout)
        .connect_timeout(config.connect_timeout())
        .pool_max_idle_per_host(idle_connections);
    if let Some(url) = &config.proxy {
        // For https alone: a plain request would show the proxy its head and body.
        let proxy = Proxy::https(url).map_err(|_| TransportConfigError::Proxy)?;
        let this_machine = NoProxy::from_string("localhost,127.0.0.0/8,::1");
        client = client.proxy(proxy.no_proxy(this_machine));
    }
    #[cfg(feature = "rustls")]
    {
        client = client.tls_backend_preconfigured(config.tls()?);
    }
    client
        .build()
        .map_err(|error| TransportConfigError::Client(error.without_url().into()))
}

/// The causes that only reqwest and hyper know.
fn cause(error: &reqwest::Error) -> Option<&'static str> {
    if error.is_timeout() {
        return Some("timed out");
    }
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            if hyper.is_parse() {
                return Some("received malformed HTTP");
            }
            if hyper.is_incomplete_message() {
                return Some("connection closed");
            }
        }
        next = error.source();
    }
    None
}
