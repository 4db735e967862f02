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
