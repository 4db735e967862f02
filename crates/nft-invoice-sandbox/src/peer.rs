use std::net::IpAddr;

use axum::http::HeaderMap;

/// Who sent a request: the socket's other end, or whoever a named proxy says that it speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// Follows `X-Forwarded-For` back from the socket for as long as those who wrote it are `trusted`.
    pub(crate) fn behind(self, trusted: &[IpAddr], headers: &HeaderMap) -> Self {
        let mut peer = self;
        if trusted.is_empty() {
            return peer;
        }
        // The last hop stands last, in the last of several headers.
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
    fn only_named_proxies_say_who_they_speak_for() {
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
