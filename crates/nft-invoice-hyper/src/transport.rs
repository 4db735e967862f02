use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use http::header::{ACCEPT, HOST};
use http::uri::{PathAndQuery, Uri};
use nft_invoice_transport::{
    GatedBody, Phase, Request, Response, Transport, TransportConfig, TransportConfigError,
    TransportError, async_trait, check_uri, is_read,
};
use tokio::time::sleep;

use crate::Connections;
use crate::connect::{ConnectError, Connector};
use crate::exchange::{before, exchange, timed_out};
use crate::idle::{Idle, Opening, Taken, Want};
use crate::origin::Origin;

/// An async transport on hyper. See the [crate's documentation](crate) for its guarantees.
///
/// Clones are cheap and share their connections, which are closed with the last clone.
#[derive(Clone)]
pub struct HyperTransport(Arc<Inner>);

struct Inner {
    config: TransportConfig,
    connections: Connections,
    connector: Arc<Connector>,
    idle: Idle,
    /// The last URI and what follows from it: creates all have the same one.
    last: Mutex<Option<(Uri, Arc<Target>)>>,
}

/// Where a request goes, and how it is written there.
struct Target {
    origin: Origin,
    host: HeaderValue,
    path: Uri,
}

impl HyperTransport {
    /// Builds a transport with the default [`Connections`]. It needs no runtime until something is sent.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn new(config: TransportConfig) -> Result<Self, TransportConfigError> {
        Self::with_connections(config, Connections::default())
    }

    /// Builds a transport with these connections. It needs no runtime until something is sent.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn with_connections(
        config: TransportConfig,
        connections: Connections,
    ) -> Result<Self, TransportConfigError> {
        config.check()?;
        let connector = Arc::new(Connector::new(&config)?);
        Ok(Self(Arc::new(Inner {
            config,
            connections,
            connector,
            idle: Idle::default(),
            last: Mutex::default(),
        })))
    }

    fn target(&self, uri: &Uri) -> Result<Arc<Target>, TransportError> {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, target)) if known == uri => Ok(target.clone()),
            _ => {
                let target = Arc::new(Target::of(uri)?);
                *last = Some((uri.clone(), target.clone()));
                Ok(target)
            }
        }
    }

    fn open(&self, origin: &Origin) -> Option<Opening> {
        let Connections {
            preopened, max_age, ..
        } = self.0.connections;
        self.0
            .idle
            .open(&self.0.connector, origin, preopened, max_age)
    }

    /// A connection for a request, opened before or now.
    async fn connection(&self, origin: &Origin, is_read: bool) -> Result<Taken, ConnectError> {
        let want = match (is_read, self.0.connections.reuse_for_creates) {
            (false, false) => Some(Want::Unused),
            (false, true) => Some(Want::Any),
            (true, _) => self.0.config.reuse_connections.then_some(Want::Used),
        };
        let mut taken = None;
        if let Some(want) = want {
            taken = self.0.idle.take(origin, want).await;
        }
        // A connection that can be used again needs no other one in its place.
        let is_kept = self.0.connections.reuse_for_creates && taken.is_some();
        if !is_read && !is_kept && self.0.connections.refill {
            self.open(origin);
        }
        match taken {
            Some(taken) => Ok(taken),
            // In a box, so that a send over an open connection has no room for it.
            None => Box::pin(self.0.connector.open(origin))
                .await
                .map(Taken::from),
        }
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("config", &self.0.config)
            .field("connections", &self.0.connections)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let gate = self.0.config.prepare(&mut request)?;
        check_tls(request.uri())?;
        let target = self.target(request.uri())?;
        let is_read = is_read(&request);
        target.write(&mut request);
        let mut end = pin!(sleep(self.0.config.timeout));
        let connected = {
            let connecting = pin!(self.connection(&target.origin, is_read));
            before(end.as_mut(), connecting).await
        };
        let mut taken = match connected {
            Some(Ok(taken)) => taken,
            Some(Err(error)) => return Err(error.explain(|e| gate.fail(Phase::Connecting, e))),
            None => return Err(timed_out(&gate, Phase::Connecting)),
        };
        let request = request.map(|body| GatedBody::new(body, gate.clone()));
        let response = exchange(&mut taken.connection, request, &gate, end).await?;
        let reuses = if is_read {
            self.0.config.reuse_connections
        } else {
            self.0.connections.reuse_for_creates
        };
        if reuses {
            let max_age = self.0.connections.max_age;
            self.0.idle.keep(&target.origin, taken, max_age);
        }
        Ok(response)
    }

    /// Opens connections to the host of `uri`, until [`preopened`](Connections::preopened) are open, and waits for them.
    /// Only scheme, host and port of `uri` matter; nothing is sent but what TLS and a proxy need.
    ///
    /// Creates within the next [`max_age`](Connections::max_age) use them. If `preopened` is 0, or as many are open, it
    /// opens none and does not find out whether the gateway can be reached.
    ///
    /// # Errors
    ///
    /// When the URI is not allowed, and when a connection cannot be opened. Those that were opened are kept.
    async fn warm_up(&self, uri: &Uri) -> Result<(), TransportError> {
        check_uri(uri, &self.0.config.insecure_hosts)?;
        check_tls(uri)?;
        let origin = Origin::of(uri);
        let opening: Vec<_> = std::iter::from_fn(|| self.open(&origin)).collect();
        let mut failure = None;
        for report in opening {
            failure = report.await.ok().or(failure);
        }
        self.0.idle.opened(&origin).await;
        match failure {
            None => Ok(()),
            Some(error) => {
                Err(error.explain(|e| TransportError::not_sent(e).during(Phase::Connecting)))
            }
        }
    }
}

fn check_tls(uri: &Uri) -> Result<(), TransportError> {
    if uri.scheme_str() == Some("https") && !cfg!(feature = "rustls") {
        return Err(TransportError::not_sent(
            "https needs the feature `rustls` of nft-invoice-hyper",
        ));
    }
    Ok(())
}

impl Target {
    fn of(uri: &Uri) -> Result<Self, TransportError> {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or_default();
        let default_port = match uri.scheme_str() {
            Some("https") => ":443",
            _ => ":80",
        };
        let host = HeaderValue::from_str(host.strip_suffix(default_port).unwrap_or(host))
            .map_err(|error| TransportError::not_sent(error).during(Phase::Preparing))?;
        let path = uri.path_and_query().cloned();
        Ok(Self {
            origin: Origin::of(uri),
            host,
            path: path.unwrap_or(PathAndQuery::from_static("/")).into(),
        })
    }

    /// Writes the request for a server: its path, and the host in a header.
    fn write(&self, request: &mut Request) {
        *request.uri_mut() = self.path.clone();
        let headers = request.headers_mut();
        headers.entry(HOST).or_insert_with(|| self.host.clone());
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("*/*"));
    }
}
