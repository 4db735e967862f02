use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::Authority;

use crate::text::ParseError;

/// The origin of a web address: scheme, host and port, such as `http://sandbox:8080`.
///
/// Two origins are equal if they lead to the same port of the same host: the host is in lower case, and the default
/// port of the scheme is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Returns whether the scheme is https.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Returns the host in lower case, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port: the given one, or the default of the scheme.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the host and the port as in a `Host` header, such as `sandbox:8080`.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port == default_port(self.https) {
            true => host,
            false => format!("{host}:{}", self.port),
        }
    }

    /// Returns whether the host is `localhost` or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.ip() {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => self.host == "localhost",
        }
    }

    /// The host, if it is an IP address.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The origin of an absolute URL.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let https = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        Self::at(https, uri.authority()?)
    }

    /// The origin with this authority. A user name in it is ignored.
    pub(crate) fn at(https: bool, authority: &Authority) -> Option<Self> {
        let (text, host) = (authority.as_str(), authority.host());
        let text = text.rsplit_once('@').map_or(text, |(_, text)| text);
        let port = match text.strip_prefix(host)? {
            "" | ":" => default_port(https),
            // `Uri::port_u16` does not distinguish an invalid port from a missing one.
            port => number(port.strip_prefix(':')?)?,
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let valid = match bare {
            Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
            // The grammar of hosts allows `;` and `'`, which would break a content security policy.
            None => !host.is_empty() && host.bytes().all(is_plain),
        };
        valid.then(|| Self {
            https,
            host: bare.unwrap_or(host).to_ascii_lowercase(),
            port,
        })
    }
}

impl FromStr for Origin {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let origin = text.parse().ok().and_then(|uri: Uri| {
            let bare = matches!(uri.path(), "" | "/") && !text.contains(['@', '#', '?']);
            Self::of(&uri).filter(|_| bare)
        });
        origin.ok_or_else(|| {
            ParseError::expected(
                "an http or https URL with a host, a port up to 65535 and nothing else, such as http://sandbox:8080",
            )
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

const fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

fn number(port: &str) -> Option<u16> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|_| digits)
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}
