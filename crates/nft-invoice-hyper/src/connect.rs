use std::error::Error;
use std::time::Duration;

use nft_invoice_transport::{
    TransportConfig, TransportConfigError, TransportError, is_this_machine,
};
#[cfg(feature = "rustls")]
use tokio_rustls::TlsConnector;
#[cfg(feature = "rustls")]
use tokio_rustls::rustls::pki_types::ServerName;

use crate::http_connection::HttpConnection;
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::race;
use crate::stream::{Socket, Stream};

/// Opens connections: name, TCP, proxy and TLS. Sends nothing of a request.
pub(crate) struct Connector {
    timeout: Duration,
    proxy: Option<Proxy>,
    #[cfg(feature = "rustls")]
    tls: TlsConnector,
}

/// Why there is no connection.
pub(crate) struct ConnectError {
    pub(crate) cause: Option<&'static str>,
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

impl Connector {
    pub(crate) fn new(config: &TransportConfig) -> Result<Self, TransportConfigError> {
        Ok(Self {
            timeout: config.connect_timeout(),
            proxy: config.proxy.as_deref().map(Proxy::new).transpose()?,
            #[cfg(feature = "rustls")]
            tls: std::sync::Arc::new(config.tls()?).into(),
        })
    }

    /// Opens a connection to `origin` within the connect timeout.
    pub(crate) async fn open(&self, origin: &Origin) -> Result<Box<HttpConnection>, ConnectError> {
        let stream = tokio::time::timeout(self.timeout, self.connect(origin))
            .await
            .unwrap_or_else(|elapsed| Err(ConnectError::because("timed out", elapsed)))?;
        let connection = HttpConnection::new(stream).await;
        Ok(Box::new(connection.map_err(ConnectError::new)?))
    }

    async fn connect(&self, origin: &Origin) -> Result<Stream, ConnectError> {
        let needs_proxy = origin.is_https && !is_this_machine(&origin.host);
        match self.proxy.as_ref().filter(|_| needs_proxy) {
            None => self.reach(origin).await,
            Some(proxy) => {
                let stream = self.reach(&proxy.origin).await?;
                let tunnel = proxy.tunnel(stream, origin).await?;
                self.secure(tunnel, origin).await
            }
        }
    }

    /// Connects without a proxy.
    async fn reach(&self, origin: &Origin) -> Result<Stream, ConnectError> {
        let tcp = race::connect(&origin.host, origin.port)
            .await
            .map_err(ConnectError::new)?;
        self.secure(Stream::Tcp(Socket::new(tcp)), origin).await
    }

    /// Wraps the connection in TLS, for https.
    #[cfg(feature = "rustls")]
    async fn secure(&self, stream: Stream, origin: &Origin) -> Result<Stream, ConnectError> {
        if !origin.is_https {
            return Ok(stream);
        }
        let name = ServerName::try_from(origin.host.clone()).map_err(ConnectError::new)?;
        let tls = self.tls.connect(name, stream).await;
        Ok(Stream::Tls(Box::new(tls.map_err(ConnectError::new)?)))
    }

    #[cfg(not(feature = "rustls"))]
    async fn secure(&self, stream: Stream, _: &Origin) -> Result<Stream, ConnectError> {
        Ok(stream)
    }
}

impl ConnectError {
    pub(crate) fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: None,
            source: source.into(),
        }
    }

    pub(crate) fn because(
        cause: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            cause: Some(cause),
            ..Self::new(source)
        }
    }
    /// The transport's error, made by `error` from the source.
    pub(crate) fn explain(
        self,
        error: impl FnOnce(Box<dyn Error + Send + Sync>) -> TransportError,
    ) -> TransportError {
        let failure = error(self.source);
        match self.cause {
            Some(cause) => failure.because(cause),
            None => failure,
        }
    }
}
