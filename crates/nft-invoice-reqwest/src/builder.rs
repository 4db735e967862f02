use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::ReqwestTransport;

/// Settings of a [`ReqwestTransport`]. `Debug` shows them without a proxy's credentials.
#[derive(Clone)]
pub struct Builder {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) proxy: Option<String>,
    pub(crate) reuse: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            root_certificates: Vec::new(),
            proxy: None,
            reuse: false,
        }
    }

    /// How long a send may take in all, to the last byte of the answer. 60 seconds unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long it may take until there is a connection: the look-up of the name, TCP, the proxy, the
    /// TLS handshake. 10 seconds unless set; must be below [`timeout`](Self::timeout).
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts this certificate authority (DER) too, beside webpki's roots.
    #[must_use]
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(der.into());
        self
    }

    /// Tunnels https through this proxy (`http://user:password@host:port`, or `https://`). Plain http,
    /// which goes to this machine only, is never proxied.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Keeps connections open for requests that have no body and a safe method, such as reads of a
    /// history. A request with a body has a connection of its own whatever this says.
    #[must_use]
    pub fn reuse(mut self, reuse: bool) -> Self {
        self.reuse = reuse;
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] when a setting cannot be used.
    pub fn build(self) -> Result<ReqwestTransport, BuildError> {
        if self.connect_timeout.is_zero() || self.connect_timeout >= self.timeout {
            return Err(BuildError::Timeouts);
        }
        ReqwestTransport::build(self)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("root_certificates", &self.root_certificates.len())
            .field("proxy", &self.proxy.as_ref().map(|_| "hidden"))
            .field("reuse", &self.reuse)
            .finish()
    }
}

/// A setting cannot be used. Says which, and never what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The connect timeout is zero, or not below the total timeout.
    #[error("the connect timeout must be above zero and below the total timeout")]
    Timeouts,
    /// The proxy is not an `http` or `https` URL with a host.
    #[error("the proxy must be an http or https URL with a host")]
    Proxy,
    /// A root certificate is not a DER certificate.
    #[error("a root certificate is not a DER certificate")]
    RootCertificate,
    /// The HTTP client refused its settings.
    #[error("the HTTP client could not be built")]
    Client(#[source] Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connect_must_stay_below_the_total() {
        for (connect, total, fits) in [(0, 2, false), (1, 2, true), (2, 2, false), (3, 2, false)] {
            let built = Builder::new()
                .connect_timeout(Duration::from_secs(connect))
                .timeout(Duration::from_secs(total))
                .build();
            assert_eq!(built.is_ok(), fits, "{connect} of {total}: {built:?}");
        }
    }

    #[test]
    fn a_proxy_is_http_or_https_with_a_host() {
        for (url, fits) in [
            ("http://proxy.example:3128", true),
            ("http://user:hunter2@proxy.example:3128/", true),
            ("https://proxy.example", true),
            ("socks5://proxy.example:1080", false),
            ("proxy.example:3128", false),
            ("http://", false),
            ("", false),
        ] {
            let built = Builder::new().proxy(url).build();
            assert_eq!(built.is_ok(), fits, "{url}: {built:?}");
        }
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn a_root_certificate_must_be_one() {
        let built = Builder::new().root_certificate(*b"not DER").build();
        assert!(
            matches!(built, Err(BuildError::RootCertificate)),
            "{built:?}"
        );
    }

    #[test]
    fn debug_shows_settings_and_no_credentials() {
        let builder = Builder::new().proxy("http://user:hunter2@proxy.example");
        let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(shown.contains("connect_timeout: 10s"), "{shown}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("user"),
            "{shown}"
        );
    }
}
