use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::amount::Amount;
use crate::journal::Route;
use crate::peer::Peer;
use crate::refusal::Refusal;

/// The account's settings.
#[derive(Clone)]
pub(crate) struct Account {
    /// One merchant a key; the first is the account's own.
    pub(crate) keys: Vec<String>,
    /// `None`: from anywhere. Empty: no IP is linked.
    pub(crate) allowed_ips: Option<Vec<IpAddr>>,
    pub(crate) wallet_active: bool,
    pub(crate) minimum: Amount,
    pub(crate) maximum: Amount,
}

impl Account {
    /// Whether requests can carry these keys, and tell them apart.
    pub(crate) fn can_have(keys: &[String]) -> bool {
        let usable = |key: &String| !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
        let twice = (1..keys.len()).any(|n| keys[..n].contains(&keys[n]));
        !keys.is_empty() && !twice && keys.iter().all(usable)
    }

    /// Sets the smallest and the largest amount; false when the first is above the second.
    pub(crate) fn limit(&mut self, minimum: Amount, maximum: Amount) -> bool {
        // Even a minimum of zero lets no invoice of nothing in.
        self.minimum = minimum.max(Amount::SMALLEST);
        self.maximum = maximum;
        minimum <= maximum
    }

    /// Which merchant calls, or why it may not. Which checks a call has is as documented for it.
    pub(crate) fn authorize(
        &self,
        route: Route,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<usize, Refusal> {
        let refuse = |code| Err(Refusal::gateway(route, code));
        let key = headers
            .get("api-key")
            .map_or(&b""[..], |key| key.as_bytes());
        if key.trim_ascii().is_empty() {
            return refuse(50001);
        }
        let Some(merchant) = self.keys.iter().position(|known| known.as_bytes() == key) else {
            return refuse(50007);
        };
        if let Some(ips) = &self.allowed_ips {
            if ips.is_empty() {
                return refuse(50010);
            }
            if matches!(route, Route::Create | Route::History) && !ips.contains(&peer.0) {
                return refuse(50006);
            }
        }
        if route == Route::Create && !self.wallet_active {
            return refuse(50008);
        }
        Ok(merchant)
    }
}
