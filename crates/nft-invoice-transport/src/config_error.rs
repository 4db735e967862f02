use std::error::Error;
use std::fmt;

/// A [`TransportConfig`](crate::TransportConfig) that cannot be used.
///
/// `Display` names the setting and what is accepted, and never shows its value.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportConfigError {
    /// `timeout` is zero.
    Timeout,
    /// `connect_timeout` is zero.
    ConnectTimeout,
    /// `webpki_roots` is false, and there are no others.
    NoRoots,
    /// An entry of `root_certificates` is not a DER certificate.
    RootCertificate,
    /// There is no certificate in the PEM.
    PemWithoutCertificate,
    /// A certificate in the PEM is broken.
    PemCertificate,
    /// `platform_roots` is set without the feature `platform-roots`.
    PlatformRootsFeature,
    /// The operating system's certificates cannot be read.
    PlatformRoots(Box<dyn Error + Send + Sync>),
    /// An entry of `insecure_hosts` is not a bare host name or IP address.
    InsecureHost,
    /// `proxy` is not an `http` or `https` URL with a host.
    Proxy,
    /// `user_agent` is not a header value.
    UserAgent,
    /// The HTTP client could not be built.
    Client(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for TransportConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "timeout must be greater than zero",
            Self::ConnectTimeout => "connect_timeout must be greater than zero",
            Self::NoRoots => "without webpki_roots, root_certificates or platform_roots is required",
            Self::RootCertificate => {
                "root_certificates must hold DER certificates; use add_pem_roots for PEM"
            }
            Self::PemWithoutCertificate => {
                "the PEM holds no certificate; expected at least one `-----BEGIN CERTIFICATE-----` section"
            }
            Self::PemCertificate => {
                "a certificate in the PEM is broken; every CERTIFICATE section must hold a valid certificate"
            }
            Self::PlatformRootsFeature => {
                "platform_roots needs the cargo feature `platform-roots`"
            }
            Self::PlatformRoots(_) => {
                "platform_roots: the operating system's certificates cannot be read"
            }
            Self::InsecureHost => {
                "insecure_hosts must hold host names or IP addresses without scheme, port or path, such as `sandbox.internal`"
            }
            Self::Proxy => {
                "proxy must be an http or https URL with a host, such as `http://user:password@proxy.example:3128`"
            }
            Self::UserAgent => "user_agent must be visible ASCII text, such as `shop/1.0`",
            Self::Client(_) => "the HTTP client could not be built",
        })
    }
}

impl Error for TransportConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::PlatformRoots(source) | Self::Client(source) => Some(&**source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_setting_and_keeps_a_library_error_as_its_source() {
        for (error, setting, source) in [
            (TransportConfigError::Timeout, "timeout", None),
            (TransportConfigError::InsecureHost, "insecure_hosts", None),
            (TransportConfigError::Proxy, "proxy", None),
            (
                TransportConfigError::Client("no TLS".into()),
                "HTTP client",
                Some("no TLS"),
            ),
        ] {
            assert!(error.to_string().contains(setting), "{error}");
            let of = error.source().map(ToString::to_string);
            assert_eq!(of.as_deref(), source, "{error}");
        }
    }
}
