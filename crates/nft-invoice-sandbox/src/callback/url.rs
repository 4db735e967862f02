use axum::http::Uri;
use thiserror::Error;

use crate::http::Origin;

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

    /// The path, which is at least `/`, and the query.
    pub(crate) fn target(&self) -> String {
        let path = self.uri.path();
        match self.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

impl std::fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.uri.fmt(f)
    }
}
