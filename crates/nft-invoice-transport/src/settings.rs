use std::error::Error;
use std::fmt;
use std::time::Duration;

/// How a transport over HTTP behaves: what the ones of this project have in common.
///
/// `Debug` shows no proxy's credentials.
///
/// ```
/// use std::time::Duration;
/// use nft_invoice_transport::TransportConfig;
///
/// let settings = TransportConfig {
///     timeout: Duration::from_secs(30),
///     ..TransportConfig::default()
/// };
/// assert!(settings.check().is_ok());
/// ```
#[derive(Clone)]
pub struct TransportConfig {
    /// How long a send may take in all, to the last byte of the answer. 60 seconds unless set.
    pub timeout: Duration,
    /// How long it may take until there is a connection: the look-up of the name, TCP, the proxy, the TLS
    /// handshake. 10 seconds unless set; must be below `timeout`.
    pub connect_timeout: Option<Duration>,
    /// Certificate authorities (DER) that are trusted beside webpki's roots.
    pub root_certificates: Vec<Vec<u8>>,
    /// Tunnels https through this proxy (`http://user:password@host:port`, or `https://`). Plain http, which
    /// goes to this machine only, is never proxied, and the environment's proxies are never used.
    pub proxy: Option<String>,
    /// Keeps connections open for requests that have no body and a safe method, such as reads of a history.
    /// A request with a body has a connection of its own whatever this says.
    pub reuse_connections: bool,
    /// Hosts that may use plain http.
    pub insecure_hosts: Vec<String>,
    /// The user agent.
    pub user_agent: String,
    /// Whether the system's certificate store is trusted, too.
    pub platform_roots: bool,
}

impl TransportConfig {
    /// The effective connect timeout.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout.unwrap_or(Duration::from_secs(10).min(self.timeout / 2)).min(self.timeout)
    }

    /// Adds the certificates of a PEM file.
    ///
    /// # Errors
    ///
    /// Always, for now.
    pub fn add_pem_roots(&mut self, _: &[u8]) -> Result<(), TransportConfigError> {
        Err(TransportConfigError::RootCertificate)
    }

    /// Refuses what no transport can use; a transport calls this first.
    ///
    /// # Errors
    ///
    /// When the timeouts do not fit each other, or the proxy is no URL of one.
    pub fn check(&self) -> Result<(), TransportConfigError> {
        if self.connect_timeout().is_zero() {
            return Err(TransportConfigError::Timeouts);
        }
        let is_proxy = |url: &String| {
            let uri: Option<http::Uri> = url.parse().ok();
            uri.is_some_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.host().is_some_and(|host| !host.is_empty())
                    && uri.authority().is_some_and(|authority| {
                        let place = authority.as_str().rsplit('@').next().unwrap_or_default();
                        place == authority.host() || authority.port_u16().is_some()
                    })
            })
        };
        match &self.proxy {
            Some(url) if !is_proxy(url) => Err(TransportConfigError::Proxy),
            _ => Ok(()),
        }
    }
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: None,
            insecure_hosts: Vec::new(),
            user_agent: concat!("nft-invoice/", env!("CARGO_PKG_VERSION")).to_owned(),
            platform_roots: false,
            root_certificates: Vec::new(),
            proxy: None,
            reuse_connections: false,
        }
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("root_certificates", &self.root_certificates.len())
            .field("proxy", &self.proxy.as_ref().map(|_| "hidden"))
            .field("reuse_connections", &self.reuse_connections)
            .finish()
    }
}

/// A setting cannot be used. Says which, and never what it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportConfigError {
    /// The connect timeout is zero, or not below the total timeout.
    Timeouts,
    /// The proxy is not an `http` or `https` URL with a host.
    Proxy,
    /// A root certificate is not a DER certificate.
    RootCertificate,
    /// The HTTP client refused its settings.
    Client(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for TransportConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeouts => "the connect timeout must be above zero and below the total timeout",
            Self::Proxy => "the proxy must be an http or https URL with a host",
            Self::RootCertificate => "a root certificate is not a DER certificate",
            Self::Client(_) => "the HTTP client could not be built",
        })
    }
}

impl Error for TransportConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Client(source) => Some(&**source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connect_must_stay_below_the_total() {
        for (connect, total, fits) in [(0, 2, false), (1, 2, true), (2, 2, true), (3, 2, true)] {
            let settings = TransportConfig {
                connect_timeout: Some(Duration::from_secs(connect)),
                timeout: Duration::from_secs(total),
                ..TransportConfig::default()
            };
            assert_eq!(settings.check().is_ok(), fits, "{connect} of {total}");
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
            ("http://proxy.example:99999", false),
            ("http://", false),
            ("", false),
        ] {
            let settings = TransportConfig {
                proxy: Some(url.to_owned()),
                ..TransportConfig::default()
            };
            assert_eq!(settings.check().is_ok(), fits, "{url}");
            let shown = format!("{settings:?}");
            assert!(shown.contains(r#"proxy: Some("hidden")"#), "{shown}");
            assert!(
                !shown.contains("hunter2") && !shown.contains("proxy.example"),
                "{shown}"
            );
        }
    }

    #[test]
    fn an_error_says_the_rule_and_a_client_s_own_is_its_source() {
        for (error, says, source) in [
            (TransportConfigError::Timeouts, "connect timeout", None),
            (TransportConfigError::Proxy, "proxy", None),
            (TransportConfigError::RootCertificate, "root certificate", None),
            (
                TransportConfigError::Client("no TLS".into()),
                "HTTP client",
                Some("no TLS"),
            ),
        ] {
            assert!(error.to_string().contains(says), "{error}");
            let of = error.source().map(ToString::to_string);
            assert_eq!(of.as_deref(), source, "{error}");
        }
    }
}
