use std::net::IpAddr;

use hyper::Uri;

/// The address of a server: an http URL with a host and a port.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// Both, as in the URL.
    pub authority: String,
}

impl Address {
    /// `None` if there is more than a host and a port: a path, a query, a user name.
    pub fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let bare =
            matches!(uri.path(), "" | "/") && uri.query().is_none() && !url.contains(['@', '#']);
        if uri.scheme_str() != Some("http") || !bare {
            return None;
        }
        let host = uri.host()?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty()).then(|| Self {
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(80),
            authority: authority.to_owned(),
        })
    }

    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (url, host, port, authority) in [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
            (
                "http://127.0.0.1:8080/",
                "127.0.0.1",
                8080,
                "127.0.0.1:8080",
            ),
            ("http://[::1]:8080", "::1", 8080, "[::1]:8080"),
            ("http://localhost", "localhost", 80, "localhost"),
        ] {
            let found = Address::parse(url).expect(url);
            assert_eq!(
                (&*found.host, found.port, &*found.authority),
                (host, port, authority)
            );
        }
        for url in [
            "",
            "127.0.0.1:8080",
            "https://127.0.0.1",
            "http://",
            "http://:80",
            "http://t0ken@127.0.0.1",
            "http://127.0.0.1/_sbx",
            "http://127.0.0.1/?token=t0ken",
            "http://127.0.0.1/#t0ken",
        ] {
            assert_eq!(Address::parse(url), None, "{url:?}");
        }
    }

    #[test]
    fn only_this_machine_is_this_machine() {
        let is_loopback = |host: &str| {
            let address = Address::parse(&format!("http://{host}:1"));
            address.expect(host).is_loopback()
        };
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "LocalHost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "10.0.0.1",
            "0.0.0.0",
            "localhost.example",
            "127.0.0.1.example",
            "[::]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
