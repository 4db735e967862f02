use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use thiserror::Error;

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route {
    /// Create an invoice.
    Create,
    /// Read an invoice's status.
    Status,
    /// Read an invoice's infos.
    Infos,
    /// Read the history.
    History,
    /// The hosted checkout page.
    Checkout,
    /// Anything else.
    Other,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Status => "status",
            Self::Infos => "infos",
            Self::History => "history",
            Self::Checkout => "checkout",
            Self::Other => "unknown route",
        })
    }
}

/// One request and how it was answered. No header, query or body is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    pub(crate) at: Timestamp,
    pub(crate) method: Method,
    pub(crate) route: Route,
    /// `None` when no answer went out.
    pub(crate) status: Option<StatusCode>,
    pub(crate) error_code: Option<u32>,
    pub(crate) fault: Option<String>,
}

impl RequestRecord {
    /// When it was answered, by the sandbox's clock, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn at(&self) -> String {
        self.at.to_string()
    }

    /// What it was for.
    #[must_use]
    pub const fn route(&self) -> Route {
        self.route
    }

    /// Its method, such as `POST`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The HTTP status of the answer; `None` when a fault left it without one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.status.map(|status| status.as_u16())
    }

    /// The gateway's error code in the answer; `None` when it was no refusal.
    #[must_use]
    pub const fn error_code(&self) -> Option<u32> {
        self.error_code
    }

    /// What the plan of faults did to it, such as `after.reset`; with the delay that was drawn, not the range.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

impl fmt::Display for RequestRecord {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.route)?;
        match self.status {
            Some(status) => write!(f, "HTTP {}", status.as_u16())?,
            None => f.write_str("no answer")?,
        }
        if let Some(code) = self.error_code {
            write!(f, ", error {code}")?;
        }
        match &self.fault {
            Some(fault) => write!(f, " (fault {fault})"),
            None => Ok(()),
        }
    }
}

/// The latest requests, oldest first. It is a slice.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    records: Vec<RequestRecord>,
    dropped: u64,
}

impl Requests {
    /// Those for `route`.
    #[must_use]
    pub fn to(&self, route: Route) -> Self {
        let records = self.records.iter().filter(|r| r.route == route);
        Self {
            records: records.cloned().collect(),
            dropped: self.dropped,
        }
    }

    /// Nothing, if there are so many.
    ///
    /// # Errors
    ///
    /// With a list of those there are, if not.
    pub fn expect(&self, count: usize) -> Result<(), UnexpectedRequests> {
        if self.records.len() == count {
            return Ok(());
        }
        Err(UnexpectedRequests {
            expected: count,
            found: self.records.iter().map(ToString::to_string).collect(),
        })
    }

    /// How many older ones, for whatever route, are no longer kept.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Deref for Requests {
    type Target = [RequestRecord];

    fn deref(&self) -> &[RequestRecord] {
        &self.records
    }
}

/// Not as many requests as were expected; it lists those there were.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected} requests, found {}: {}", .found.len(), .found.join("; "))]
pub struct UnexpectedRequests {
    expected: usize,
    found: Vec<String>,
}

/// Keeps the latest requests and counts those that it let go.
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

    pub(crate) fn snapshot(&self) -> Requests {
        Requests {
            records: self.records.iter().cloned().collect(),
            dropped: self.dropped,
        }
    }
}

#[cfg(test)]
impl RequestRecord {
    /// One without a fault or an error.
    pub(crate) fn test(route: Route) -> Self {
        Self {
            at: Timestamp::UNIX_EPOCH,
            method: Method::GET,
            route,
            status: Some(StatusCode::OK),
            error_code: None,
            fault: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let record = |code| RequestRecord {
            error_code: Some(code),
            ..RequestRecord::test(Route::Status)
        };
        let mut journal = Journal::default();
        for code in 0..Journal::CAPACITY as u32 + 3 {
            journal.push(record(code));
        }
        let kept = journal.snapshot();
        assert_eq!((kept.len(), kept.dropped()), (Journal::CAPACITY, 3));
        assert_eq!(kept[0].error_code(), Some(3), "the oldest go first");
        assert_eq!(kept.to(Route::Create).len(), 0);
        assert_eq!(kept[0].to_string(), "GET status: HTTP 200, error 3");
    }

    #[test]
    fn a_fault_is_told() {
        let record = RequestRecord {
            at: Timestamp::UNIX_EPOCH,
            method: Method::POST,
            route: Route::Create,
            status: None,
            error_code: None,
            fault: Some("after.reset".to_owned()),
        };
        let says = "POST create: no answer (fault after.reset)";
        assert_eq!(record.to_string(), says);
    }
}
