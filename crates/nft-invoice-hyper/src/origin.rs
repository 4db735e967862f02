use http::Uri;

/// What a connection is made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) is_https: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Origin {
    pub(crate) fn of(uri: &Uri) -> Self {
        let is_https = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default();
        Self {
            is_https,
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(if is_https { 443 } else { 80 }),
        }
    }

    /// Returns the host and port as they are written in a URI.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_default_port_of_its_scheme() {
        for (uri, is_https, host, port, authority) in [
            (
                "https://Gateway.example/a?b",
                true,
                "gateway.example",
                443,
                "gateway.example:443",
            ),
            ("http://localhost/", false, "localhost", 80, "localhost:80"),
            ("http://[::1]:8080/", false, "::1", 8080, "[::1]:8080"),
        ] {
            let origin = Origin::of(&uri.parse().unwrap());
            let expected = Origin {
                is_https,
                host: host.to_owned(),
                port,
            };
            assert_eq!(origin, expected);
            assert_eq!(origin.authority(), authority);
        }
    }
}
