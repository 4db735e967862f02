use axum::http::Uri;
use thiserror::Error;

use crate::http::origin::Origin;

/// The URL that callbacks are sent to. The host must be a loopback host unless it is allowed by name, so that a
/// development machine cannot send a validly signed "paid" to a live shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallbackUrl {
    uri: Uri,
    pub(crate) origin: Origin,
    /// Whether the host may resolve to loopback addresses only.
    pub(crate) loopback_only: bool,
}

/// Why a callback URL was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CallbackUrlError {
    /// Not an absolute http or https URL, or one with a user name or a port above 65535.
    #[error(
        "expected an absolute http or https URL with a port up to 65535 and without a user name, such as http://127.0.0.1:3000/callback"
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
        let named = uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'));
        let origin = Origin::of(&uri).filter(|_| !named);
        let origin = origin.ok_or(CallbackUrlError::Malformed)?;
        if origin.is_https() && !cfg!(feature = "https") {
            return Err(CallbackUrlError::Https);
        }
        let host = origin.host();
        let loopback_only = !allowed.iter().any(|name| name.eq_ignore_ascii_case(host));
        if loopback_only && !origin.is_loopback() {
            let host = host.to_owned();
            return Err(CallbackUrlError::Remote { host });
        }
        Ok(Self {
            uri,
            origin,
            loopback_only,
        })
    }

    /// The path and the query.
    pub(crate) fn target(&self) -> &str {
        self.uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
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
            ("HTTP://LOCALHOST:1/", "localhost", 1, "/"),
            ("http://[::1]:8080/x", "::1", 8080, "/x"),
            ("http://127.8.9.1/", "127.8.9.1", 80, "/"),
            ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 80, "/"),
        ] {
            let url = CallbackUrl::parse(text, &[]).expect(text);
            assert_eq!(
                (url.origin.host(), url.origin.port(), url.target()),
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
            ("http://127.0.0.1:65536/", CallbackUrlError::Malformed),
            ("", CallbackUrlError::Malformed),
        ] {
            assert_eq!(CallbackUrl::parse(text, &[]), Err(error), "{text:?}");
        }
        let https = CallbackUrl::parse("https://localhost/", &[]);
        match cfg!(feature = "https") {
            true => assert_eq!(https.unwrap().origin.port(), 443),
            false => assert_eq!(https, Err(CallbackUrlError::Https)),
        }
        let allowed = ["Shop.example".to_owned()];
        let url = CallbackUrl::parse("http://shop.example/", &allowed).unwrap();
        assert!(!url.loopback_only);
        assert!(CallbackUrl::parse("http://other.example/", &allowed).is_err());
    }
}
