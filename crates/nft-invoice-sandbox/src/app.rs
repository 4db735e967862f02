use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::assumption::{Assumptions, CheckOrder, TimeZone};
use crate::clock::Clock;
use crate::fault::Faults;
use crate::gateway::{Account, Rejection};
use crate::http::{Hosts, Origin};
use crate::payment::{Token, Tokens};
use crate::store::{Activity, Advance, AdvanceError, Reply, Store};

/// The state shared by all handlers.
pub(crate) struct App {
    pub(crate) hosts: Hosts,
    /// The port that it listens on.
    pub(crate) port: u16,
    pub(crate) admin_token: String,
    /// The URL without a request: the public one, or that of the address it listens on.
    pub(crate) base_url: BaseUrl,
    /// The URL on this machine.
    pub(crate) local_url: String,
    pub(crate) assumptions: Assumptions,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) store: Mutex<Store>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub(crate) proxies: Vec<IpAddr>,
    /// Notified when something may have become due.
    pub(crate) wake: Arc<Notify>,
    pub(crate) advances: UnboundedSender<Advance>,
}

/// Scheme, host and port of the sandbox as the sender of a request reaches it.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl(Arc<str>);

impl BaseUrl {
    pub(crate) fn new(origin: &Origin) -> Self {
        Self(origin.to_string().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of an invoice's checkout page.
    pub(crate) fn checkout(&self, token: Token) -> String {
        let token = token.to_string();
        [&self.0, "/widget/sale/create/?token=", &token].concat()
    }
}

impl App {
    /// Locks the store. A poisoned lock is ignored, because events are applied completely or not at all.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current account settings, which can change while the sandbox runs.
    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.store().account)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn history_path(&self) -> &'static str {
        self.assumptions.history_path.as_str()
    }

    /// Converts a time to the gateway's time zone.
    pub(crate) fn civil(&self, at: Timestamp) -> DateTime {
        self.offset().to_datetime(at)
    }

    /// The moment at which the gateway's clocks show `time`, or the nearest that there is.
    pub(crate) fn timestamp(&self, time: DateTime) -> Timestamp {
        let moment = self.offset().to_timestamp(time);
        moment.unwrap_or(if time.year() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    fn offset(&self) -> Offset {
        let hours = i8::from(self.assumptions.time_zone == TimeZone::PlusTwoHours) * 2;
        Offset::constant(hours)
    }

    /// Advances the clock, and returns the events.
    pub(crate) fn advance(&self, by: Duration) -> Reply<Result<Vec<Activity>, AdvanceError>> {
        let (reply, answer) = Reply::new();
        // This fails only if the sandbox has stopped, which the reply reports.
        let _ = self.advances.send(Advance { by, reply });
        answer
    }

    /// Combines the account's checks and the call's own in the assumed order.
    pub(crate) fn in_order<F>(
        &self,
        account: Result<usize, Rejection>,
        fields: Result<F, Rejection>,
    ) -> Result<(usize, F), Rejection> {
        if self.assumptions.check_order == CheckOrder::FieldsFirst {
            let fields = fields?;
            return Ok((account?, fields));
        }
        Ok((account?, fields?))
    }
}
