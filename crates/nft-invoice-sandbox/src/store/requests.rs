use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::gateway::Route;
use crate::store::request_outcome::RequestOutcome;
use crate::text::reference;

/// A request and its response status. Headers, query and body are not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The time of the response by the sandbox's clock.
    pub at: Timestamp,
    /// The HTTP method, such as `POST`.
    pub method: Cow<'static, str>,
    /// The route.
    pub route: Route,
    /// The number of the invoice that the request created, opened, paid or asked for, even if the request was rejected or
    /// its response was lost. It is `None` for history, and if the sandbox had no such invoice.
    pub invoice: Option<u64>,
    /// The merchant's reference of the invoice, with card numbers masked.
    pub reference: Option<String>,
    /// The HTTP status of the response; `None` if a fault withheld the response.
    #[serde(rename = "status")]
    pub http_status: Option<u16>,
    /// The gateway's error code; `None` if the request was accepted.
    pub error_code: Option<u32>,
    /// Why the body of a rejected create call could not be read, such as `form-encoded; the gateway takes JSON`. The
    /// gateway's error code does not show it.
    pub body_error: Option<Cow<'static, str>>,
    /// The injected fault, such as `after.reset`. A delay is the one that was drawn, not the range.
    pub fault: Option<String>,
}

impl RequestRecord {
    pub(crate) fn has_outcome(&self, outcome: RequestOutcome) -> bool {
        let accepted = |status| self.error_code.is_none() && status < 400;
        match outcome {
            RequestOutcome::Accepted => self.http_status.is_some_and(accepted),
            RequestOutcome::Rejected => self.http_status.is_some_and(|status| !accepted(status)),
            RequestOutcome::NoResponse => self.http_status.is_none(),
            RequestOutcome::Fault => self.fault.is_some(),
            RequestOutcome::Code(code) => self.error_code == Some(code),
        }
    }
}

impl fmt::Display for RequestRecord {
    /// Writes one line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.route)?;
        match self.http_status {
            Some(status) => write!(f, "HTTP {status}")?,
            None => f.write_str("no response")?,
        }
        if let Some(code) = self.error_code {
            write!(f, ", error {code}")?;
        }
        if let Some(error) = &self.body_error {
            write!(f, " (body {error})")?;
        }
        if let Some(fault) = &self.fault {
            write!(f, " (fault {fault})")?;
        }
        if let Some(invoice) = self.invoice {
            write!(f, ", invoice {invoice}")?;
        }
        reference::append(self.reference.as_deref(), f)
    }
}

/// The latest requests, oldest first. Dereferences to a slice.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    records: Vec<RequestRecord>,
    dropped: u64,
}

impl Requests {
    /// Returns the requests for `route`.
    #[must_use]
    pub fn to(&self, route: Route) -> Self {
        self.only_if(|record| record.route == route)
    }

    /// Returns the requests with this outcome.
    ///
    /// ```
    /// # use nft_invoice_sandbox::{RequestOutcome, Route, Sandbox};
    /// # let sandbox = Sandbox::builder().start_blocking()?;
    /// let rejected = sandbox.requests().to(Route::Create).with_outcome(RequestOutcome::Code(50003));
    /// rejected.expect(0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_outcome(&self, outcome: RequestOutcome) -> Self {
        self.only_if(|record| record.has_outcome(outcome))
    }

    /// Returns the requests for the invoice with this number.
    #[must_use]
    pub fn for_invoice(&self, id: u64) -> Self {
        self.only_if(|record| record.invoice == Some(id))
    }

    /// Checks that there are exactly `count` requests.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the requests if there are more or fewer.
    pub fn expect(&self, count: usize) -> Result<(), UnexpectedRequests> {
        if self.records.len() == count {
            return Ok(());
        }
        Err(UnexpectedRequests {
            expected: count,
            found: self.records.iter().map(ToString::to_string).collect(),
        })
    }

    /// Returns how many older requests, for any route, are no longer kept.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    fn only_if(&self, keeps: impl Fn(&RequestRecord) -> bool) -> Self {
        let records = self.records.iter().filter(|record| keeps(record));
        Self {
            records: records.cloned().collect(),
            dropped: self.dropped,
        }
    }
}

impl Deref for Requests {
    type Target = [RequestRecord];

    fn deref(&self) -> &[RequestRecord] {
        &self.records
    }
}

/// An unexpected number of requests. The message lists them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected} requests, found {}: {}", .found.len(), .found.join("; "))]
pub struct UnexpectedRequests {
    expected: usize,
    found: Vec<String>,
}

/// Keeps the latest requests and counts the dropped ones.
#[derive(Default)]
pub(crate) struct Journal {
    records: VecDeque<RequestRecord>,
    dropped: u64,
}

impl Journal {
    const CAPACITY: usize = 10_000;

    pub(crate) fn push(&mut self, record: RequestRecord) {
        if self.records.len() == Self::CAPACITY {
            self.records.pop_front();
            self.dropped += 1;
        }
        self.records.push_back(record);
    }

    /// Oldest first.
    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = &RequestRecord> {
        self.records.iter()
    }

    /// How many older requests are no longer kept.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn snapshot(&self) -> Requests {
        Requests {
            records: self.records.iter().cloned().collect(),
            dropped: self.dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_requests_and_counts_the_dropped_ones() {
        let mut journal = Journal::default();
        for code in 0..Journal::CAPACITY as u32 + 3 {
            journal.push(RequestRecord {
                at: Timestamp::UNIX_EPOCH,
                method: "GET".into(),
                route: Route::Status,
                invoice: None,
                reference: None,
                http_status: Some(200),
                error_code: Some(code),
                body_error: None,
                fault: None,
            });
        }
        let kept = journal.snapshot();
        assert_eq!((kept.len(), kept.dropped()), (Journal::CAPACITY, 3));
        assert_eq!(kept[0].error_code, Some(3), "the oldest go first");
    }
}
