use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::activity::Activity;
use crate::admin::Gate;
use crate::amount::Amount;
use crate::assumption::Assumptions;
use crate::clock::Clock;
use crate::driver::{Advance, NotAdvanced};
use crate::fault::Faults;
use crate::journal::Route;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::store::Store;
use crate::token::{Token, Tokens};

/// What every handler shares.
pub(crate) struct App {
    pub(crate) gate: Gate,
    pub(crate) base_url: String,
    pub(crate) assumptions: Assumptions,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) store: Mutex<Store>,
    #[cfg(feature = "https")]
    pub(crate) tls: crate::tls::Tls,
    /// Whose word on the client's address is taken.
    pub(crate) proxies: Vec<IpAddr>,
    /// Told whenever something may have become due.
    pub(crate) wake: Arc<Notify>,
    pub(crate) advances: UnboundedSender<Advance>,
}

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

impl App {
    /// The store, for one step. A panic of another holder leaves whole events behind, so it is no reason to stop.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account as it stands; it can be changed while the sandbox runs.
    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.store().account)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An instant as the gateway shows it.
    pub(crate) fn civil(&self, at: Timestamp) -> DateTime {
        let hours = i8::from(self.assumptions.is("time-zone", "UTC+02:00")) * 2;
        Offset::constant(hours).to_datetime(at)
    }

    /// Moves the clock; what happened on the way comes as the reply.
    pub(crate) fn advance(&self, by: Duration) -> Reply<Result<Vec<Activity>, NotAdvanced>> {
        let (reply, answer) = Reply::new();
        // It fails only when the sandbox has stopped, which the reply says.
        let _ = self.advances.send(Advance { by, reply });
        answer
    }

    pub(crate) fn checkout_url(&self, token: Token) -> String {
        let token = token.to_string();
        [&self.base_url, "/widget/sale/create/?token=", &token].concat()
    }

    /// The account's checks, then the call's own, or the other way round.
    pub(crate) fn in_order<F>(
        &self,
        account: Result<usize, Refusal>,
        fields: Result<F, Refusal>,
    ) -> Result<(usize, F), Refusal> {
        if self.assumptions.is("check-order", "fields-first") {
            let fields = fields?;
            return Ok((account?, fields));
        }
        Ok((account?, fields?))
    }
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
