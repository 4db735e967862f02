use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use crate::TransportConfigError;
use crate::uri::is_host;

/// The configuration that the HTTP transports have in common.
///
/// `Debug` shows no proxy credentials.
///
/// ```
/// use std::time::Duration;
/// use nft_invoice_transport::TransportConfig;
///
/// let config = TransportConfig {
///     timeout: Duration::from_secs(30),
///     ..TransportConfig::default()
/// };
/// assert!(config.check().is_ok());
/// assert_eq!(config.connect_timeout(), Duration::from_secs(10));
/// ```
#[derive(Clone)]
pub struct TransportConfig {
    /// The time limit of a whole send, to the last byte of the response. Default: 60 seconds.
    pub timeout: Duration,
    /// The time limit for connecting: host name, TCP, proxy and TLS handshake. Default: `None`, which stands for 10
    /// seconds, or half of a `timeout` shorter than 20 seconds. A value above `timeout` has no effect.
    pub connect_timeout: Option<Duration>,
    /// Whether to trust webpki's certificate authorities, which are Mozilla's and part of the program. Without them,
    /// `root_certificates` or `platform_roots` is required. Default: true.
    pub webpki_roots: bool,
    /// Certificate authorities (DER) to trust as well. See also [`add_pem_roots`](Self::add_pem_roots). Default: none.
    pub root_certificates: Vec<Vec<u8>>,
    /// Whether to trust the operating system's certificate authorities as well. Needs the feature `platform-roots`.
    /// Default: false.
    pub platform_roots: bool,
    /// Hosts that may be called over plain http, in addition to this machine: host names or IP addresses without
    /// scheme, port or path, compared exactly, ignoring case. **The API key and card data are sent to them
    /// unencrypted.** Default: none.
    pub insecure_hosts: Vec<String>,
    /// The proxy for https (`http://user:password@host:port`, or `https://`). Plain http is never proxied, nor
    /// is https to this machine, and the proxies of the environment are never used. Default: none.
    pub proxy: Option<String>,
    /// The `User-Agent` of requests that do not have one. Default: `nft-invoice/VERSION`.
    pub user_agent: String,
    /// Whether to keep connections open for requests without a body and with a safe method, such as reads of
    /// the history. This says nothing about requests with a body: each has a connection of its own, unless the transport
    /// has a setting for them, as nft-invoice-hyper does. Default: false.
    pub reuse_connections: bool,
}

impl TransportConfig {
    /// Returns the effective connect timeout.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        match self.connect_timeout {
            Some(connect) => connect.min(self.timeout),
            None => Duration::from_secs(10).min(self.timeout / 2),
        }
    }

    /// Checks the configuration. A transport calls this first.
    ///
    /// # Errors
    ///
    /// When a timeout is zero, `proxy`, `insecure_hosts` or `user_agent` is malformed, no certificate authority is
    /// trusted, or `platform_roots` is set without the feature `platform-roots`. The content of `root_certificates` is checked when a transport is built.
    pub fn check(&self) -> Result<(), TransportConfigError> {
        if self.timeout.is_zero() {
            return Err(TransportConfigError::Timeout);
        }
        if self.connect_timeout.is_some_and(|t| t.is_zero()) {
            return Err(TransportConfigError::ConnectTimeout);
        }
        if self.platform_roots && !cfg!(feature = "platform-roots") {
            return Err(TransportConfigError::PlatformRootsFeature);
        }
        if !self.webpki_roots && !self.platform_roots && self.root_certificates.is_empty() {
            return Err(TransportConfigError::NoRoots);
        }
        if !self.insecure_hosts.iter().all(|entry| is_host(entry)) {
            return Err(TransportConfigError::InsecureHost);
        }
        if self.proxy.as_deref().is_some_and(|url| !is_proxy(url)) {
            return Err(TransportConfigError::Proxy);
        }
        self.user_agent().map(drop)
    }

    /// Adds the certificates in `pem` to [`root_certificates`](Self::root_certificates).
    ///
    /// `pem` may hold several certificates; other sections, such as keys, are skipped.
    ///
    /// # Errors
    ///
    /// When there is no certificate, or when one of them is broken. Nothing is added then.
    #[cfg(feature = "rustls")]
    pub fn add_pem_roots(&mut self, pem: &[u8]) -> Result<(), TransportConfigError> {
        self.root_certificates.extend(crate::tls::pem_roots(pem)?);
        Ok(())
    }

    pub(crate) fn user_agent(&self) -> Result<HeaderValue, TransportConfigError> {
        let value = HeaderValue::from_str(&self.user_agent).ok();
        value
            .filter(|value| !value.is_empty())
            .ok_or(TransportConfigError::UserAgent)
    }
}

fn is_proxy(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let Some(authority) = uri.authority() else {
        return false;
    };
    let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
    matches!(uri.scheme_str(), Some("http" | "https"))
        && !authority.host().is_empty()
        && (host_and_port == authority.host() || authority.port_u16().is_some())
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: None,
            webpki_roots: true,
            root_certificates: Vec::new(),
            platform_roots: false,
            insecure_hosts: Vec::new(),
            proxy: None,
            user_agent: concat!("nft-invoice/", env!("CARGO_PKG_VERSION")).to_owned(),
            reuse_connections: false,
        }
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout())
            .field("webpki_roots", &self.webpki_roots)
            .field("root_certificates", &self.root_certificates.len())
            .field("platform_roots", &self.platform_roots)
            .field("insecure_hosts", &self.insecure_hosts)
            .field("proxy", &self.proxy.as_ref().map(|_| "hidden"))
            .field("user_agent", &self.user_agent)
            .field("reuse_connections", &self.reuse_connections)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut TransportConfig)) -> TransportConfig {
        let mut config = TransportConfig::default();
        change(&mut config);
        config
    }

    #[test]
    fn the_connect_timeout_follows_the_total() {
        let second = Duration::from_secs(1);
        for (total, connect, effective) in [
            (60, None, 10),
            (20, None, 10),
            (8, None, 4),
            (8, Some(3), 3),
            (8, Some(8), 8),
            (8, Some(30), 8),
        ] {
            let config = with(|config| {
                config.timeout = total * second;
                config.connect_timeout = connect.map(|connect| connect * second);
            });
            assert_eq!(config.connect_timeout(), effective * second, "{config:?}");
            assert!(config.check().is_ok(), "{config:?}");
        }
    }

    #[test]
    fn rejects_timeouts_of_zero() {
        let no_time = with(|config| config.timeout = Duration::ZERO);
        assert!(matches!(
            no_time.check(),
            Err(TransportConfigError::Timeout)
        ));
        let no_connect_time = with(|config| config.connect_timeout = Some(Duration::ZERO));
        let checked = no_connect_time.check();
        assert!(matches!(checked, Err(TransportConfigError::ConnectTimeout)));
    }

    #[test]
    fn accepts_an_http_or_https_proxy_with_a_host() {
        for (url, accepted) in [
            ("http://proxy.example:3128", true),
            ("http://user:hunter2@proxy.example:3128/", true),
            ("https://proxy.example", true),
            ("socks5://proxy.example:1080", false),
            ("proxy.example:3128", false),
            ("http://proxy.example:99999", false),
            ("http://", false),
            ("", false),
        ] {
            let config = with(|config| config.proxy = Some(url.to_owned()));
            assert_eq!(config.check().is_ok(), accepted, "{url}");
            let shown = format!("{config:?}");
            assert!(shown.contains(r#"proxy: Some("hidden")"#), "{shown}");
            for secret in ["hunter2", "proxy.example"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn accepts_insecure_hosts_without_scheme_port_or_path() {
        for (host, accepted) in [
            ("sandbox", true),
            ("gateway_1.internal.example", true),
            ("10.0.0.7", true),
            ("fd00::7", true),
            ("[fd00::7]", true),
            ("http://sandbox", false),
            ("sandbox:8080", false),
            ("[fd00::7]:80", false),
            ("sandbox/", false),
            ("*.example", false),
            (" ", false),
            ("", false),
        ] {
            let config = with(|config| config.insecure_hosts = vec![host.to_owned()]);
            assert_eq!(config.check().is_ok(), accepted, "{host}");
        }
    }

    #[test]
    fn accepts_a_user_agent_that_is_a_header_value() {
        let default = TransportConfig::default().user_agent;
        assert!(default.starts_with("nft-invoice/"), "{default}");
        for (agent, accepted) in [("shop/1.0", true), ("", false), ("a\r\nb: c", false)] {
            let config = with(|config| config.user_agent = agent.to_owned());
            assert_eq!(config.check().is_ok(), accepted, "{agent:?}");
        }
    }

    #[test]
    fn rejects_a_configuration_that_trusts_no_certificate_authority() {
        let nobody = with(|config| config.webpki_roots = false).check();
        assert!(matches!(nobody, Err(TransportConfigError::NoRoots)));
        let own = with(|config| {
            config.webpki_roots = false;
            config.root_certificates = vec![Vec::new()];
        });
        assert!(own.check().is_ok());
    }

    #[test]
    fn platform_roots_need_their_feature() {
        let checked = with(|config| config.platform_roots = true).check();
        assert_eq!(checked.is_ok(), cfg!(feature = "platform-roots"));
    }
}
