use std::net::IpAddr;

use axum::http::HeaderMap;

/// The client's address: the socket's peer, or the address forwarded by a trusted proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// Follows `X-Forwarded-For` back from the socket, through `trusted` proxies only.
    pub(crate) fn behind(self, trusted: &[IpAddr], headers: &HeaderMap) -> Self {
        let mut peer = self;
        if trusted.is_empty() {
            return peer;
        }
        // The last hop is at the end of the last header.
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops {
            let Some(hop) = hop
                .trim()
                .parse::<IpAddr>()
                .ok()
                .filter(|_| trusted.contains(&peer.0))
            else {
                break;
            };
            peer = Self(hop.to_canonical());
        }
        peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusts_forwarded_addresses_of_named_proxies_only() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (socket, forwarded, client) in [
            ("10.0.0.1", vec!["203.0.113.7"], "203.0.113.7"),
            (
                "10.0.0.1",
                vec!["1.1.1.1, 203.0.113.7, 10.0.0.2"],
                "203.0.113.7",
            ),
            (
                "10.0.0.1",
                vec!["1.1.1.1", "203.0.113.7,10.0.0.2"],
                "203.0.113.7",
            ),
            ("10.0.0.1", vec!["::ffff:203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", vec!["203.0.113.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec!["10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("203.0.113.9", vec!["203.0.113.7"], "203.0.113.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &forwarded {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let found = Peer(ip(socket)).behind(&trusted, &headers);
            assert_eq!(found, Peer(ip(client)), "{socket} with {forwarded:?}");
        }
    }
}
