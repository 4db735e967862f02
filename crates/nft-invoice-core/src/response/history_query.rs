use std::fmt;
use std::str::FromStr;

use crate::error::{ValueError, catalog};
use crate::value::Date;

/// A query for a page of the invoice history. The default is the first page of all invoices, oldest first.
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
    /// The statuses.
    pub status: HistoryFilter,
    /// The first day. Its time zone is not documented: ask for a day more.
    pub from: Option<Date>,
    /// The last day. Its time zone is not documented: ask for a day more.
    pub to: Option<Date>,
    /// Oldest or newest first.
    pub order: SortOrder,
    /// The page, from 1; at most 50 invoices each. 0 is sent as 1.
    pub page: u32,
}

impl HistoryQuery {
    /// Returns the query of the URL, without a question mark. Nothing in it needs an escape.
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
            order: SortOrder::Asc,
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
    /// Every filter.
    pub const ALL: [Self; 5] = [
        Self::Paid,
        Self::Unpaid,
        Self::Waiting,
        Self::Expired,
        Self::All,
    ];

    /// Returns the gateway's word, such as `PAID`.
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
    type Err = ValueError;

    /// Reads the gateway's word in any case.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|filter| text.eq_ignore_ascii_case(filter.as_str()))
            .ok_or(ValueError::new(&catalog::HISTORY_STATUS))
    }
}

try_from_str!(HistoryFilter, SortOrder);
serde_as_text!(HistoryFilter, SortOrder);

impl fmt::Display for HistoryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The order of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// Oldest first: `ASC`. Pages that were read stay as they are while invoices are added.
    Asc,
    /// Newest first: `DESC`.
    Desc,
}

impl SortOrder {
    /// Returns the gateway's word, `ASC` or `DESC`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "ASC",
            Self::Desc => "DESC",
        }
    }
}

impl FromStr for SortOrder {
    type Err = ValueError;

    /// Reads the gateway's word in any case.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        [Self::Asc, Self::Desc]
            .into_iter()
            .find(|order| text.eq_ignore_ascii_case(order.as_str()))
            .ok_or(ValueError::new(&catalog::SORT_ORDER))
    }
}

impl fmt::Display for SortOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_gateway_s_words_and_only_the_days_given() {
        let all = HistoryQuery::default();
        assert_eq!(all.to_query(), "status=ALL&order=ASC&page=1");
        let query = HistoryQuery {
            status: HistoryFilter::Waiting,
            from: Date::new(2023, 6, 1),
            to: Date::new(2023, 6, 19),
            order: SortOrder::Desc,
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
    fn reads_the_words_in_any_case_and_no_others() {
        for filter in HistoryFilter::ALL {
            let lower = filter.as_str().to_lowercase();
            assert_eq!(lower.parse::<HistoryFilter>().unwrap(), filter);
        }
        assert_eq!("desc".parse::<SortOrder>().unwrap(), SortOrder::Desc);
        for text in ["", "DESCENDING", "PAID ", "invoice:paid"] {
            assert!(text.parse::<SortOrder>().is_err(), "{text}");
            assert!(text.parse::<HistoryFilter>().is_err(), "{text}");
        }
    }
}
