use std::net::IpAddr;

use axum::http::Uri;
use axum::http::uri::Scheme;
use thiserror::Error;

/// The URL that callbacks are sent to. The host must be a loopback host unless it is allowed by name, so that a
/// development machine cannot send a validly signed "paid" to a live shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallbackUrl {
    uri: Uri,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    #[cfg(feature = "https")]
    pub(crate) https: bool,
    /// Whether the host may resolve to loopback addresses only.
    pub(crate) loopback_only: bool,
}

/// Why a callback URL was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CallbackUrlError {
    /// Not an absolute http or https URL, or one with a user name.
    #[error(
        "expected an absolute http or https URL without a user name, such as http://127.0.0.1:3000/callback"
    )]
    Malformed,
    /// The feature `https` is not enabled.
    #[error("https callbacks require the crate feature `https`")]
    Https,
    /// The host is another machine and is not allowed.
    #[error(
        "{host} is not a loopback host; allow it with `allow_callback_host` or `--allow-callback` unless it is a live shop, which would accept the signed callbacks"
    )]
    Remote {
        /// The host of the URL.
        host: String,
    },
}

impl CallbackUrl {
    pub(crate) fn parse(text: &str, allowed: &[String]) -> Result<Self, CallbackUrlError> {
        let uri: Uri = text.parse().map_err(|_| CallbackUrlError::Malformed)?;
        let https = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(CallbackUrlError::Malformed),
        };
        if https && !cfg!(feature = "https") {
            return Err(CallbackUrlError::Https);
        }
        let named = uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'));
        let host = uri.host().filter(|host| !host.is_empty() && !named);
        let host = host.ok_or(CallbackUrlError::Malformed)?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let loopback_only = !allowed.iter().any(|name| name.eq_ignore_ascii_case(&host));
        let here = match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        };
        if loopback_only && !here {
            return Err(CallbackUrlError::Remote { host });
        }
        Ok(Self {
            port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }),
            #[cfg(feature = "https")]
            https,
            uri,
            host,
            loopback_only,
        })
    }

    /// The path and the query.
    pub(crate) fn target(&self) -> &str {
        self.uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
    }

    /// The host and, if one was given, the port.
    pub(crate) fn authority(&self) -> &str {
        self.uri
            .authority()
            .map_or("", |authority| authority.as_str())
    }
}

impl std::fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_loopback_hosts() {
        for (text, host, port, target) in [
            (
                "http://127.0.0.1:3000/hook?a=1",
                "127.0.0.1",
                3000,
                "/hook?a=1",
            ),
            ("http://localhost", "localhost", 80, "/"),
            ("HTTP://LOCALHOST:1/", "LOCALHOST", 1, "/"),
            ("http://[::1]:8080/x", "::1", 8080, "/x"),
            ("http://127.8.9.1/", "127.8.9.1", 80, "/"),
            ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 80, "/"),
        ] {
            let url = CallbackUrl::parse(text, &[]).expect(text);
            assert_eq!(
                (&*url.host, url.port, url.target()),
                (host, port, target),
                "{text}"
            );
            assert!(url.loopback_only);
        }
    }

    #[test]
    fn rejects_other_hosts_unless_allowed_by_name() {
        let remote = |host: &str| CallbackUrlError::Remote {
            host: host.to_owned(),
        };
        for (text, error) in [
            ("http://shop.example/", remote("shop.example")),
            (
                "http://127.0.0.1.shop.example/",
                remote("127.0.0.1.shop.example"),
            ),
            ("http://10.0.0.1/", remote("10.0.0.1")),
            ("http://0.0.0.0/", remote("0.0.0.0")),
            ("http://[::ffff:10.0.0.1]/", remote("::ffff:10.0.0.1")),
            (
                "http://localhost@shop.example/",
                CallbackUrlError::Malformed,
            ),
            ("ftp://localhost/", CallbackUrlError::Malformed),
            ("/callback", CallbackUrlError::Malformed),
            ("localhost:3000", CallbackUrlError::Malformed),
            ("", CallbackUrlError::Malformed),
        ] {
            assert_eq!(CallbackUrl::parse(text, &[]), Err(error), "{text:?}");
        }
        let https = CallbackUrl::parse("https://localhost/", &[]);
        match cfg!(feature = "https") {
            true => assert_eq!(https.unwrap().port, 443),
            false => assert_eq!(https, Err(CallbackUrlError::Https)),
        }
        let allowed = ["Shop.example".to_owned()];
        let url = CallbackUrl::parse("http://shop.example/", &allowed).unwrap();
        assert!(!url.loopback_only);
        assert!(CallbackUrl::parse("http://other.example/", &allowed).is_err());
    }
}
