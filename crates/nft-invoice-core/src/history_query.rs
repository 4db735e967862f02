use std::fmt;
use std::str::FromStr;

use crate::date::Date;
use crate::problem::{Fault, ProblemCode};

/// Which invoices of the history to ask for. The default is the first page of all, oldest first.
///
/// ```
/// use nft_invoice_core::{HistoryFilter, HistoryQuery};
///
/// let query = HistoryQuery {
///     status: HistoryFilter::Paid,
///     from: "2023-06-01".parse().ok(),
///     ..HistoryQuery::default()
/// };
/// assert_eq!(query.to_query(), "status=PAID&from=2023-06-01&order=ASC&page=1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HistoryQuery {
    /// Which statuses.
    pub status: HistoryFilter,
    /// The first day. Its time zone is not documented: ask for a day more.
    pub from: Option<Date>,
    /// The last day. Its time zone is not documented: ask for a day more.
    pub to: Option<Date>,
    /// Oldest or newest first.
    pub order: Order,
    /// The page, from 1; at most 50 invoices each. 0 is sent as 1.
    pub page: u32,
}

impl HistoryQuery {
    /// The query of the URL, without a question mark. Nothing in it needs an escape.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = format!("status={}", self.status);
        for (name, day) in [("from", self.from), ("to", self.to)] {
            if let Some(day) = day {
                query.push_str(&format!("&{name}={day}"));
            }
        }
        query + &format!("&order={}&page={}", self.order, self.page.max(1))
    }
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            status: HistoryFilter::All,
            from: None,
            to: None,
            order: Order::Asc,
            page: 1,
        }
    }
}

/// The statuses that the history can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryFilter {
    /// `PAID`
    Paid,
    /// `UNPAID`
    Unpaid,
    /// `WAITING`
    Waiting,
    /// `EXPIRED`
    Expired,
    /// `ALL`
    All,
}

impl HistoryFilter {
    const EVERY: [Self; 5] = [
        Self::Paid,
        Self::Unpaid,
        Self::Waiting,
        Self::Expired,
        Self::All,
    ];

    /// The gateway's word, as in `PAID`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "PAID",
            Self::Unpaid => "UNPAID",
            Self::Waiting => "WAITING",
            Self::Expired => "EXPIRED",
            Self::All => "ALL",
        }
    }
}

impl FromStr for HistoryFilter {
    type Err = Fault;

    /// Reads the gateway's word in any case.
    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::EVERY
            .into_iter()
            .find(|filter| text.eq_ignore_ascii_case(filter.as_str()))
            .ok_or_else(|| {
                Fault::new(
                    ProblemCode::Unsupported,
                    "write PAID, UNPAID, WAITING, EXPIRED or ALL",
                )
            })
    }
}

impl fmt::Display for HistoryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// In which order the history is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Oldest first: `ASC`. Pages already read stay as they are while invoices are added.
    Asc,
    /// Newest first: `DESC`.
    Desc,
}

impl Order {
    /// The gateway's word: `ASC` or `DESC`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "ASC",
            Self::Desc => "DESC",
        }
    }
}

impl FromStr for Order {
    type Err = Fault;

    /// Reads the gateway's word in any case.
    fn from_str(text: &str) -> Result<Self, Fault> {
        [Self::Asc, Self::Desc]
            .into_iter()
            .find(|order| text.eq_ignore_ascii_case(order.as_str()))
            .ok_or_else(|| Fault::new(ProblemCode::Unsupported, "write ASC or DESC"))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_has_the_gateways_words_and_only_the_days_given() {
        let all = HistoryQuery::default();
        assert_eq!(all.to_query(), "status=ALL&order=ASC&page=1");
        let query = HistoryQuery {
            status: HistoryFilter::Waiting,
            from: Date::new(2023, 6, 1),
            to: Date::new(2023, 6, 19),
            order: Order::Desc,
            page: 2,
        };
        assert_eq!(
            query.to_query(),
            "status=WAITING&from=2023-06-01&to=2023-06-19&order=DESC&page=2"
        );
        let zeroth = HistoryQuery { page: 0, ..all };
        assert_eq!(zeroth.to_query(), all.to_query());
    }

    #[test]
    fn words_are_read_in_any_case_and_no_others() {
        for filter in HistoryFilter::EVERY {
            let lower = filter.as_str().to_lowercase();
            assert_eq!(lower.parse::<HistoryFilter>().unwrap(), filter);
        }
        assert_eq!("desc".parse::<Order>().unwrap(), Order::Desc);
        for text in ["", "DESCENDING", "PAID ", "invoice:paid"] {
            assert!(text.parse::<Order>().is_err(), "{text}");
            assert!(text.parse::<HistoryFilter>().is_err(), "{text}");
        }
    }
}
