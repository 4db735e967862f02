use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::gateway::rejection::Rejection;
use crate::gateway::route::Route;
use crate::http::Peer;
use crate::payment::Amount;

/// The settings of the account.
#[derive(Clone)]
pub(crate) struct Account {
    /// One key per merchant; the first is the account's own.
    pub(crate) keys: Vec<String>,
    /// The shop's name on the checkout page.
    pub(crate) merchant_name: String,
    /// `None` allows any address. Empty: no IP is linked.
    pub(crate) allowed_ips: Option<Vec<IpAddr>>,
    pub(crate) wallet_active: bool,
    pub(crate) minimum: Amount,
    pub(crate) maximum: Amount,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            keys: vec!["sandbox-key".to_owned()],
            merchant_name: "Example Shop".to_owned(),
            allowed_ips: None,
            wallet_active: true,
            minimum: Amount::SMALLEST,
            maximum: Amount::LARGEST,
        }
    }
}

impl Account {
    /// Whether the keys are valid in a header and unique.
    pub(crate) fn can_have(keys: &[String]) -> bool {
        let usable = |key: &String| !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
        let twice = (1..keys.len()).any(|n| keys[..n].contains(&keys[n]));
        !keys.is_empty() && !twice && keys.iter().all(usable)
    }

    /// Whether the name has text, and at most 100 characters.
    pub(crate) fn can_be_named(name: &str) -> bool {
        let plain = !name.trim().is_empty() && !name.contains(char::is_control);
        plain && name.chars().count() <= 100
    }

    /// Sets the amount limits; returns false if the minimum is above the maximum.
    pub(crate) fn limit(&mut self, minimum: Amount, maximum: Amount) -> bool {
        // A minimum of zero still excludes an amount of zero.
        self.minimum = minimum.max(Amount::SMALLEST);
        self.maximum = maximum;
        minimum <= maximum
    }

    /// Returns the calling merchant, or the error. Each call has the checks that are documented for it.
    pub(crate) fn authorize(
        &self,
        route: Route,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Result<usize, Rejection> {
        let refuse = |code| Err(Rejection::gateway(route, code));
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
